"""A real WordPress on loopback, of Debian's packages: MariaDB, PHP's own web server, one editor."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CODE = Path("/usr/share/wordpress")
PACKAGES = "wordpress mariadb-server php-cli php-mysql php-gd php-xml php-mbstring"
_PATIENCE = 60

_CONFIG = """<?php
define('DB_NAME', 'wordpress'); define('DB_USER', 'wordpress'); define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}'); define('DB_CHARSET', 'utf8mb4'); define('DB_COLLATE', '');
define('AUTH_KEY', 'a'); define('SECURE_AUTH_KEY', 'b'); define('LOGGED_IN_KEY', 'c');
define('NONCE_KEY', 'd'); define('AUTH_SALT', 'e'); define('SECURE_AUTH_SALT', 'f');
define('LOGGED_IN_SALT', 'g'); define('NONCE_SALT', 'h');
// Application passwords want HTTPS, but for a site that is only local.
define('WP_ENVIRONMENT_TYPE', 'local');
// Nothing is fetched from the outside world.
define('WP_HTTP_BLOCK_EXTERNAL', true); define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_CONTENT_DIR', '{folder}/wp-content');
define('ABSPATH', __DIR__ . '/');
$table_prefix = 'wp_';
require_once ABSPATH . 'wp-settings.php';
"""

# The packages bring no theme of their own.
_THEME = {
    "style.css": "/* Theme Name: Plain */",
    "functions.php": "<?php add_theme_support('post-thumbnails');",
    "index.php": "<?php while (have_posts()) { the_post(); the_title('<h1>', '</h1>'); "
    "the_post_thumbnail(); the_content(); }",
}

_INSTALL = """<?php
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = '127.0.0.1:{port}'; $_SERVER['REQUEST_URI'] = '/';
require '{folder}/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
function wp_mail() {{ return true; }}
wp_install('Keepers', 'admin', 'admin@example.org', true, '', 'not-used');
update_option('siteurl', 'http://127.0.0.1:{port}');
update_option('home', 'http://127.0.0.1:{port}');
switch_theme('plain');
update_option('permalink_structure', '{permalinks}');
$editor = wp_create_user('editor', wp_generate_password(), 'editor@example.org');
(new WP_User($editor))->set_role('editor');
$made = WP_Application_Passwords::create_new_application_password(
    $editor, array('name' => 'scribe')
);
echo "password: " . WP_Application_Passwords::chunk_password($made[0]) . "\\n";
"""


@dataclass(frozen=True)
class WordPressSite:
    """A WordPress that runs."""

    url: str
    password: str

    @property
    def settings(self) -> dict[str, str]:
        """What points the channel at it."""
        return {
            "WORDPRESS_URL": self.url,
            "WORDPRESS_USERNAME": "editor",
            "WORDPRESS_APP_PASSWORD": self.password,
        }


def require_wordpress() -> None:
    """Skip the test where the packages are missing; in CI, where they are installed, fail it."""
    missing = [name for name in ("mariadbd", "mariadb-install-db", "php") if not _found(name)]
    if not CODE.is_dir():
        missing.append(str(CODE))
    if _found("php") and "mysqli" not in _run("php", "-m"):
        missing.append("php-mysql")
    if missing:
        reason = f"no {', '.join(missing)}: apt-get install {PACKAGES}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@contextmanager
def wordpress_site(folder: Path, *, permalinks: str = "/%postname%/") -> Iterator[WordPressSite]:
    """Serve a freshly installed WordPress for as long as the context lasts.

    Args:
        folder: A folder of its own, with a short name: sockets cannot have a long one.
        permalinks: WordPress's setting; '' stands for the plain ones, with no /wp-json.
    """
    site, port = folder / "site", _free_port()
    # Its code is linked, what it writes is its own.
    site.mkdir()
    for part in CODE.iterdir():
        if part.name not in ("wp-config.php", "wp-content"):
            _copy(part, site / part.name)
    theme = site / "wp-content" / "themes" / "plain"
    theme.mkdir(parents=True)
    for name, text in _THEME.items():
        (theme / name).write_text(text)
    config = _CONFIG.format(socket=folder / "db.sock", folder=site)
    (site / "wp-config.php").write_text(config)
    with ExitStack() as stack:
        stack.enter_context(_database(folder))
        script = folder / "install.php"
        script.write_text(_INSTALL.format(port=port, folder=site, permalinks=permalinks))
        told = _run("php", str(script))
        [password] = [line[10:] for line in told.splitlines() if line.startswith("password: ")]
        served = [str(_found("php")), "-S", f"127.0.0.1:{port}", "-t", str(site)]
        # One worker would wait for itself when WordPress calls itself.
        stack.enter_context(_process(served, PHP_CLI_SERVER_WORKERS="4"))
        _wait_until(lambda: socket.create_connection(("127.0.0.1", port), 1).close())
        yield WordPressSite(f"http://127.0.0.1:{port}", password)


@contextmanager
def _database(folder: Path) -> Iterator[None]:
    data, path = folder / "db", folder / "db.sock"
    # It refuses to run as root, unless it is told to.
    user = ["--user=root"] if os.geteuid() == 0 else []
    _run(
        "mariadb-install-db", "--no-defaults", f"--datadir={data}", *user, "--skip-test-db",
        "--auth-root-authentication-method=normal",
    )  # fmt: skip
    server = [
        *(str(_found("mariadbd")), "--no-defaults", f"--datadir={data}", *user),
        *(f"--socket={path}", f"--pid-file={folder / 'db.pid'}", "--skip-networking"),
        *("--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"),
    ]
    with _process(server):
        told = (
            "CREATE DATABASE wordpress CHARACTER SET utf8mb4; "
            "CREATE USER wordpress@localhost IDENTIFIED BY ''; "
            "GRANT ALL ON wordpress.* TO wordpress@localhost;"
        )
        _wait_until(
            lambda: _run("mariadb", "--no-defaults", f"--socket={path}", "-uroot", "-e", told)
        )
        yield


@contextmanager
def _process(command: list[str], **environment: str) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with process:
        try:
            yield
        finally:
            # PHP's workers are children of their own.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 9)


def _copy(source: Path, target: Path) -> None:
    # PHP tells __DIR__ by where a file really is: only whole folders may be links.
    if source.is_dir():
        target.symlink_to(source)
    else:
        shutil.copy(source, target)


def _run(program: str, *arguments: str) -> str:
    done = subprocess.run(
        [str(_found(program)), *arguments],
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{program}: {done.stdout}{done.stderr}")
    return done.stdout


def _found(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _wait_until(done: Any) -> None:
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            done()
        except (OSError, RuntimeError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return
