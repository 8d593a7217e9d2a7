from tests.support.hostile_portal import downloader, portal

__all__ = ["downloader", "portal"]
