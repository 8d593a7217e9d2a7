"""What a training needs, before anything is downloaded or run: memory by part, time, and what helps."""
