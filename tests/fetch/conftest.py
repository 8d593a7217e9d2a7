from fixtures.hostile_portal import downloader, portal

__all__ = ["downloader", "portal"]
