"""What all tabs of the app share: the page's frame, the server, and what it refuses."""
