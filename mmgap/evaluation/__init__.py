"""What is measured and recorded of a space of image and text vectors."""
