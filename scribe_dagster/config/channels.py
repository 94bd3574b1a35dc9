"""The settings of the channels that have any; docs/channels.md tells where to get what they hold.

A channel reads only its own, and only if PUBLISHER_CHANNELS names it.
"""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from scribe_dagster.config.environment import EnvironmentSettings


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value.strip())
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return value.strip()
    except ValueError:
        pass
    raise ValueError("it is not an address such as https://example.org")


def _base_address(value: str) -> str:
    return _web_address(value).rstrip("/")


WebAddress = Annotated[str, AfterValidator(_base_address)]
"""An http(s) address without a slash at its end."""


def _public_address(value: str) -> str:
    address = _base_address(value)
    parts = urlsplit(address)
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("it has to end with its path, and hold no user name")
    return address


PublicAddress = Annotated[str, AfterValidator(_public_address)]
"""One that is shown to readers, and at which further pages lie."""


def _secret_web_address(value: SecretStr) -> SecretStr:
    return SecretStr(_web_address(value.get_secret_value()))


SecretWebAddress = Annotated[SecretStr, AfterValidator(_secret_web_address)]
"""One that is a key as well: whoever knows it may post there."""


class ChannelSettings(EnvironmentSettings):
    """Where to publish, and as whom. Every address can be that of a server of your own."""

    site_url: PublicAddress | None = Field(
        None, description="Address at which the folder is served, such as https://example.org/news."
    )
    site_title: str = Field("Scribe", description="Name of the site.")

    wordpress_url: WebAddress | None = Field(
        None, description="Address of the site, such as https://example.org/blog."
    )
    wordpress_username: str | None = Field(None, description="User who writes the posts.")
    wordpress_app_password: SecretStr | None = Field(
        None, description="Application password of that user."
    )
    wordpress_status: Literal["publish", "draft", "pending", "private"] = Field(
        "publish", description="Status of a new post: publish, draft, pending, private."
    )

    telegram_bot_token: SecretStr | None = Field(None, description="Token of the bot.")
    telegram_chat_id: str | None = Field(
        None, description="Where it posts: @name of a public channel, or the number of a chat."
    )
    telegram_url: WebAddress = Field(
        "https://api.telegram.org", description="Address of the bot API."
    )

    webhook_url: SecretWebAddress | None = Field(None, description="Address of the receiver.")
    webhook_secret: SecretStr | None = Field(
        None, description="Secret shared with the receiver: whsec_ and base64."
    )

    slack_webhook_url: SecretWebAddress | None = Field(
        None, description="Address of an incoming webhook, which is a key as well."
    )

    discord_webhook_url: SecretWebAddress | None = Field(
        None, description="Address of a channel's webhook, which is a key as well."
    )

    facebook_page_id: str | None = Field(None, description="Number of the page.")
    facebook_page_access_token: SecretStr | None = Field(
        None, description="Access token of the page, not of a user."
    )
    facebook_url: WebAddress = Field(
        "https://graph.facebook.com/v23.0", description="Address and version of the Graph API."
    )

    blogger_blog_id: str | None = Field(None, description="Number of the blog.")
    blogger_service_account: SecretStr | None = Field(
        None, description="JSON key of a service account: its file, or its content."
    )
    blogger_subject: str | None = Field(
        None, description="User it acts for, an author of the blog, such as ida@example.org."
    )
    blogger_draft: bool = Field(False, description="Write drafts.")
    blogger_url: WebAddress = Field(
        "https://www.googleapis.com/blogger/v3", description="Address and version of the API."
    )

    mastodon_url: WebAddress | None = Field(
        None, description="Address of the server, such as https://mastodon.social."
    )
    mastodon_access_token: SecretStr | None = Field(None, description="Token of an application.")
    mastodon_visibility: Literal["public", "unlisted", "private"] = Field(
        "public", description="Who sees a status: public, unlisted, private."
    )

    bluesky_handle: str | None = Field(
        None, description="Handle of the account, such as keepers.bsky.social."
    )
    bluesky_app_password: SecretStr | None = Field(None, description="App password of the account.")
    bluesky_url: WebAddress = Field(
        "https://bsky.social", description="Address of the account's server."
    )

    ghost_url: WebAddress | None = Field(
        None, description="Address of the site, such as https://example.org."
    )
    ghost_admin_api_key: SecretStr | None = Field(
        None, description="Admin API key of a custom integration."
    )
    ghost_status: Literal["published", "draft"] = Field(
        "published", description="Status of a new post: published, draft."
    )

    devto_api_key: SecretStr | None = Field(None, description="API key of the account.")
    devto_published: bool = Field(True, description="Publish at once; false: write drafts.")
    devto_url: WebAddress = Field("https://dev.to", description="Address of the community.")
