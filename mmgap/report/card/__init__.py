"""A card for people: its sentences, its tables, its pictures, its page and what a terminal shows of it."""
