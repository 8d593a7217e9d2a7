"""The practices in the report: encoders from before CLIP against CLIP on one's own few images.

`results` and `compare` say what the JSON files hold, `studies` which rows belong together, `section` writes the tables;
`heat`, `bars` and `maps` draw.
"""
