# generated from openapi.yaml and sdk.yaml by scripts/generate; do not edit
"""The account's own name, about text and picture."""

from typing import Union

from titan.params_gen import UpdateProfileNameParams, UpdateProfilePictureParams, UpdateProfileStatusParams
from titan.services._base import Service
from titan.services._generated import operations
from titan.types_gen import (
    Profile,
    UpdateProfileNameRequest,
    UpdateProfilePictureRequest,
    UpdateProfileStatusRequest,
)


class ProfileService(Service):
    """The account's own name, about text and picture."""

    def get(self, session: str) -> Profile:
        """Get the account's own profile.

        Evidence: assumed; Titan's reference has no page for it.

        Args:
            session: Session name.

        Returns:
            The profile.

        Raises:
            NotFoundError: The session does not exist.
            TitanError: The request failed in another way.
        """
        return self._call(operations.PROFILE_GET, session, returns=Profile)

    def update_name(
        self, session: str, name: Union[UpdateProfileNameRequest, UpdateProfileNameParams]
    ) -> None:
        """Change the account's name.

        Evidence: assumed; Titan's reference has no page for it.

        Args:
            session: Session name.
            name: The new `name`.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.PROFILE_UPDATE_NAME, session, body=name)

    def update_status(
        self, session: str, status: Union[UpdateProfileStatusRequest, UpdateProfileStatusParams]
    ) -> None:
        """Change the account's about text.

        Evidence: assumed; Titan's reference has no page for it.

        Args:
            session: Session name.
            status: The new about text, as `status`.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.PROFILE_UPDATE_STATUS, session, body=status)

    def update_picture(
        self, session: str, picture: Union[UpdateProfilePictureRequest, UpdateProfilePictureParams]
    ) -> None:
        """Change the account's profile picture.

        Evidence: assumed; Titan's reference has no page for it.

        Args:
            session: Session name.
            picture: `url` or `base64` of an image.

        Raises:
            NotFoundError: The session does not exist.
            ConflictError: The session is not connected.
            TitanError: The request failed in another way.
        """
        return self._call(operations.PROFILE_UPDATE_PICTURE, session, body=picture)
