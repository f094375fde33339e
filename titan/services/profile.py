"""The account's own name, about text and picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Mapping, Union

from ..types_gen import Profile
from ._base import Service

if TYPE_CHECKING:
    from ..params_gen import UpdateProfileNameParams, UpdateProfilePictureParams, UpdateProfileStatusParams
    from ..types_gen import UpdateProfileNameRequest, UpdateProfilePictureRequest, UpdateProfileStatusRequest


class ProfileSettings(Service):
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
        return self._call("GET", "/api/sessions/{session}/profile", session, returns=Profile, inferred=True)

    def update_name(
        self, session: str, name: Union[UpdateProfileNameRequest, UpdateProfileNameParams, Mapping[str, Any]]
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
        return self._call("PUT", "/api/sessions/{session}/profile/name", session, body=name, inferred=True)

    def update_status(
        self,
        session: str,
        status: Union[UpdateProfileStatusRequest, UpdateProfileStatusParams, Mapping[str, Any]],
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
        return self._call(
            "PUT", "/api/sessions/{session}/profile/status", session, body=status, inferred=True
        )

    def update_picture(
        self,
        session: str,
        picture: Union[UpdateProfilePictureRequest, UpdateProfilePictureParams, Mapping[str, Any]],
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
        return self._call(
            "PUT", "/api/sessions/{session}/profile/picture", session, body=picture, inferred=True
        )
