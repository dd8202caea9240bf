"""A real Chromium without a window, driven by Selenium; Debian's packages are installed if they are missing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Final

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

from tests.debian_packages import debian_program

TIMEOUT_SECONDS: Final = 60.0
FLAGS: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
BLOCKED: Final = 2
"""Chromium's value of a setting for what pages may not do."""
FETCH: Final = """
const [url, body, done] = arguments;
const headers = {"content-type": "application/json"};
fetch(url, {method: "POST", credentials: "include", headers, body: body === null ? undefined : JSON.stringify(body)})
  .then(async answer => done([answer.status, await answer.text()]), error => done([0, String(error)]));
"""


class Browser:
    """A browser with a profile of its own."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver
        self._console: list[str] = []

    @property
    def text(self) -> str:
        """The visible text of the page."""
        return self.driver.find_element(By.TAG_NAME, "body").text

    @property
    def alerts(self) -> list[str]:
        """The texts of the page that say what is wrong."""
        return [element.text for element in self.driver.find_elements(By.CSS_SELECTOR, "[role=alert]")]

    @property
    def console(self) -> list[str]:
        """Everything that pages and the browser have written into the console."""
        self._console += [entry["message"] for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]
        return self._console

    def open(self, url: str) -> None:
        """Open a page."""
        self.driver.get(url)

    def field(self, label: str) -> WebElement:
        """Return the input that a label on the page names."""
        named = self.driver.find_element(By.XPATH, f"//label[starts-with(normalize-space(), '{label}')]").get_attribute("for")
        return self.driver.find_element(By.ID, str(named))

    def fill(self, **texts: str) -> None:
        """Type texts into the inputs with these names, in place of what is there."""
        for name, text in texts.items():
            element = self.driver.find_element(By.NAME, name)
            element.clear()
            element.send_keys(text)

    def submit(self) -> None:
        """Press the button of the form and wait for the next page."""
        button = self.driver.find_element(By.CSS_SELECTOR, "button[type=submit]")
        button.click()
        WebDriverWait(self.driver, TIMEOUT_SECONDS).until(staleness_of(button))

    def post(self, url: str, body: object = None) -> tuple[int, str]:
        """Send JSON by a script of the page, with the cookies of the browser; return status and body (0: not allowed)."""
        status, text = self.driver.execute_async_script(FETCH, url, body)
        return int(status), str(text)


@contextmanager
def page_server(html: str = "<!doctype html><title>Another site</title>", pages: Mapping[str, str] | None = None) -> Iterator[int]:
    """Serve one page at every path of 127.0.0.1 and localhost, and yield the port: an origin other than the service's.

    `pages` has other pages by path, also such as are added later.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = (pages or {}).get(self.path, html).encode()
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def browser(*, scripts: bool = True) -> Iterator[Browser]:
    """Run a browser for the duration of the block; `scripts=False` switches JavaScript off."""
    options = ChromeOptions()
    options.binary_location = debian_program("chromium", "chromium")
    driver_program = debian_program("chromedriver", "chromium-driver")
    with TemporaryDirectory(prefix="gql-leads-browser-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        for flag in (*FLAGS, f"--user-data-dir={Path(folder) / 'profile'}"):
            options.add_argument(flag)
        if not scripts:
            preferences: dict[str, Any] = {"profile.managed_default_content_settings.javascript": BLOCKED}
            options.add_experimental_option("prefs", preferences)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = Chrome(options=options, service=Service(driver_program))
        try:
            driver.set_page_load_timeout(TIMEOUT_SECONDS)
            driver.set_script_timeout(TIMEOUT_SECONDS)
            yield Browser(driver)
        finally:
            driver.quit()
