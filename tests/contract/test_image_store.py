"""What an image store promises, wherever it keeps its files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from moto.server import ThreadedMotoServer
from PIL import Image
from pytest_httpserver import HTTPServer

from scribe_dagster.config import Settings
from scribe_dagster.domain.image import StoredImage
from scribe_dagster.drivers.images import bucket
from scribe_dagster.drivers.images.store import ImageStore
from scribe_dagster.errors import ConfigurationError, ErrorKind, ImageError


def picture(colour: str = "teal") -> bytes:
    stream = BytesIO()
    Image.new("RGB", (12, 8), colour).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A server that speaks S3's protocol."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    yield f"http://127.0.0.1:{port}"
    server.stop()


def point_aws_at(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIATESTTESTTESTTEST")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a-secret-of-mine")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    bucket._store.cache_clear()


@pytest.fixture(params=["disk", "file", "memory", "s3"])
def url(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str | None:
    match request.param:
        case "disk":
            return None
        case "file":
            return (tmp_path / "elsewhere").as_uri()
        case "memory":
            return f"memory://{uuid4()}/images"
    import httpx2

    endpoint: str = request.getfixturevalue("s3")
    name = f"bucket-{uuid4()}"
    httpx2.put(f"{endpoint}/{name}", content=LOCATION).raise_for_status()
    point_aws_at(endpoint, monkeypatch)
    return f"s3://{name}/scribe"


ANYTHING = re.compile(".*")
LOCATION = (
    b"<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint>"
    b"</CreateBucketConfiguration>"
)


@pytest.fixture
def store(url: str | None, tmp_path: Path) -> ImageStore:
    return store_at(url, tmp_path)


def store_at(url: str | None, home: Path) -> ImageStore:
    return ImageStore.from_settings(Settings(_env_file=None, scribe_home=home, image_store_url=url))


def test_what_was_put_can_be_read(store: ImageStore) -> None:
    stored = store.put(picture(), alt="A teal field", made_by="local cover")

    assert store.read(stored) == picture()
    assert (stored.width, stored.height, stored.alt) == (12, 8, "A teal field")


def test_the_same_image_is_kept_once_under_one_name(store: ImageStore) -> None:
    assert store.put(picture()) == store.put(picture())
    assert store.put(picture()).path != store.put(picture("red")).path


def test_another_worker_reads_it(store: ImageStore, url: str | None, tmp_path: Path) -> None:
    stored = store.put(picture())

    assert store_at(url, tmp_path).read(stored) == picture()


def test_many_writers_of_one_image_agree(store: ImageStore) -> None:
    with ThreadPoolExecutor(4) as threads:
        stored = list(threads.map(lambda _: store.put(picture()), range(12)))

    assert len({image.path for image in stored}) == 1
    assert store.read(stored[0]) == picture()


def test_an_image_that_is_lost_is_told_with_the_next_step(store: ImageStore) -> None:
    lost = store.put(picture()).evolve(path="articles/0123456789abcdef.png")

    with pytest.raises(ImageError, match=r"has no articles/.*process the source again"):
        store.read(lost)


@pytest.mark.parametrize(
    "path", ["../secret.png", "/etc/passwd", "articles/../../secret.png", "articles/..", ""]
)
def test_a_path_that_leads_out_of_the_store_is_refused(store: ImageStore, path: str) -> None:
    forged = StoredImage(path=path, media_type="image/png", width=1, height=1, size=1)

    with pytest.raises(ImageError, match="leads out of the image store"):
        store.read(forged)


# -- A bucket that does not do as it is asked -------------------------------------------------


@pytest.mark.parametrize("credentials", ["", "ida:hunter22@"])
def test_a_bucket_that_is_not_there_is_told_by_its_name(
    s3: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, credentials: str
) -> None:
    point_aws_at(s3, monkeypatch)

    with pytest.raises(ImageError, match="in s3://no-such-bucket/images"):
        store_at(f"s3://{credentials}no-such-bucket/images", tmp_path).put(picture())


def test_a_bucket_that_refuses_is_permanent_and_tells_no_key(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    httpserver.expect_request(ANYTHING).respond_with_data("<Error/>", status=403)
    point_aws_at(httpserver.url_for("").rstrip("/"), monkeypatch)

    with pytest.raises(ImageError, match="rights") as raised:
        store_at("s3://bucket/images", tmp_path).put(picture())

    assert raised.value.kind is ErrorKind.PERMANENT
    assert "a-secret-of-mine" not in str(raised.value)


def test_a_bucket_whose_server_fails_is_transient(
    httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    httpserver.expect_request(ANYTHING).respond_with_data("busy", status=503)
    point_aws_at(httpserver.url_for("").rstrip("/"), monkeypatch)
    monkeypatch.setattr(bucket, "_MOST_RETRIES", 0)

    with pytest.raises(ImageError, match="resume the run") as raised:
        store_at("s3://bucket/images", tmp_path).put(picture())

    assert raised.value.kind is ErrorKind.TRANSIENT


@pytest.mark.parametrize(
    ("url", "complaint"),
    [("pigeon://loft/images", "pigeon://"), ("s3:///images", "names no bucket")],
)
def test_a_url_that_leads_nowhere_is_told_before_anything_runs(
    url: str, complaint: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        store_at(url, tmp_path)


def test_a_missing_library_is_told_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bucket, "find_spec", lambda name: None)

    with pytest.raises(ConfigurationError, match=r"pip install 'scribe-dagster\[s3\]'"):
        store_at("s3://bucket/images", tmp_path)
