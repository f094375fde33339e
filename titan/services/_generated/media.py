# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""Images, videos and other files in messages."""

from titan.services._base import Service
from titan.services._generated import operations
from titan.types_gen import Media


class MediaService(Service):
    """Images, videos and other files in messages."""

    def get(self, session: str, media_id: str) -> Media:
        """Get what is known of a media file.

        Args:
            session: Session name.
            media_id: The `mediaId` of a message.

        Returns:
            Type, size, and whether the file is persisted.

        Raises:
            NotFoundError: The session or the media file does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.MEDIA_GET, session, media_id, returns=Media)

    def download(self, session: str, media_id: str) -> bytes:
        """Download a media file.

        The bytes come at once, or a redirect to where they are. WhatsApp's servers keep media for about 14
        days: persist what is needed longer.

        Args:
            session: Session name.
            media_id: The `mediaId` of a message.

        Returns:
            The bytes of the file.

        Raises:
            NotFoundError: The session or the media file does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.MEDIA_DOWNLOAD, session, media_id, returns=bytes)

    def persist(self, session: str, media_id: str) -> Media:
        """Copy a media file to Titan's storage.

        The copy stays when the file leaves the servers of WhatsApp.

        Args:
            session: Session name.
            media_id: The `mediaId` of a message.

        Returns:
            The file, with `s3_url` where it is now.

        Raises:
            NotFoundError: The session or the media file does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.MEDIA_PERSIST, session, media_id, returns=Media)
