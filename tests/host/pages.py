# SPDX-License-Identifier: MIT
"""The pages of tools/timeline and tools/memory in a real browser: Chromium without a window, driven by Selenium.

One browser serves all tests. Where Selenium is another Python's (a distribution's package), that
one runs this file.
"""

import base64
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path[:0] = ["tools", "tests"]

from runner_lib import recordings  # noqa: E402
from memory import log, page as memory_page  # noqa: E402
from timeline import page  # noqa: E402
from timeline.model import Model  # noqa: E402

PYTHONS = ("python3", "/usr/bin/python3")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LABELS, AXIS, ROW = 140, 26, 24  # as in timeline.js
CPU1, PING, PONG, HELPER = 1, 2, 3, 4  # rows

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = None


def use_other_python():
    """Runs this file with a Python that has Selenium; says what is missing when there is none."""
    for python in PYTHONS:
        if shutil.which(python) and subprocess.call(
                [python, "-c", "import selenium"], stderr=subprocess.DEVNULL) == 0:
            os.execvp(python, [python] + sys.argv)
    if platform.system() == "Linux" and platform.machine() == "x86_64":
        sys.exit("Selenium is not installed: tools/setup test")
    print("not run: no Selenium here")
    sys.exit(0)


def start_browser(directory):
    binary = next((shutil.which(name) for name in BROWSERS if shutil.which(name)), None)
    driver = shutil.which("chromedriver")
    if not binary or not driver:
        sys.exit("Chromium or its driver is not installed: tools/setup test")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in ("--headless=new", "--disable-gpu", "--window-size=1200,900",
                     "--disable-dev-shm-usage", "--user-data-dir=" + directory):
        options.add_argument(argument)
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # which refuses to run as root, as in a container
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service(driver), options=options)


def setUpModule():
    global directory, browser
    directory = tempfile.TemporaryDirectory()
    browser = start_browser(os.path.join(directory.name, "profile"))


def tearDownModule():
    browser.quit()
    directory.cleanup()


class PageTest(unittest.TestCase):
    def setUp(self):
        self.browser = browser
        self.path = os.path.join(directory.name, "page.html")
        self.write_page()
        self.browser.get("file://" + self.path)

    def tearDown(self):
        self.assertEqual(self.browser.get_log("browser"), [])

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def texts(self, selector):
        return [one.text for one in self.browser.find_elements(By.CSS_SELECTOR, selector)]

    def run_script(self, text):
        return self.browser.execute_script(text)

    def luminance(self, selector):
        """(mean, darkest, lightest) of a canvas, 0 to 255, as a grey print has it."""
        return self.run_script("""
            const box = document.querySelector('%s');
            const pixels = box.getContext('2d').getImageData(0, 0, box.width, box.height).data;
            let sum = 0, least = 255, most = 0;
            for (let i = 0; i < pixels.length; i += 4) {
                const grey = .299 * pixels[i] + .587 * pixels[i + 1] + .114 * pixels[i + 2];
                sum += grey; least = Math.min(least, grey); most = Math.max(most, grey);
            }
            return [sum / (pixels.length / 4), least, most];""" % selector)


class Timeline(PageTest):
    def write_page(self):
        page.write(self.path, Model(recordings.small()), "ping | pong </script>")

    def setUp(self):
        super().setUp()
        self.plot = self.find("#plot")
        self.key(Keys.HOME)

    def drawn(self):
        """Waits for the picture of what was asked; returns what is in view, in ms."""
        self.browser.execute_async_script(
            "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))")
        return tuple(float(self.plot.get_attribute("data-" + end)) / recordings.MS
                     for end in ("from", "to"))

    def key(self, key):
        self.run_script("document.getElementById('plot').focus()")
        ActionChains(self.browser).send_keys(key).perform()
        return self.drawn()

    def place(self, ms, row):
        """Where that is on the plot, from its middle, as Selenium counts."""
        size, (start, end) = self.plot.size, self.drawn()
        x = LABELS + (ms - start) / (end - start) * (size["width"] - LABELS)
        return round(x - size["width"] / 2), round(AXIS + row * ROW + 8 - size["height"] / 2)

    def hover(self, ms, row):
        ActionChains(self.browser).move_to_element_with_offset(
            self.plot, *self.place(ms, row)).perform()
        return self.find("#tip").text

    def emulate(self, **features):
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "media": features.pop("media", ""),
            "features": [{"name": "prefers-color-scheme", "value": value}
                         for value in features.values()]})
        self.drawn()

    def picture(self):
        return self.run_script("return document.getElementById('canvas').toDataURL()")

    # -- tests

    def test_rows_and_words(self):
        self.assertEqual(self.texts("#rows .row"), ["CPU 0", "CPU 1", "ping 2", "pong 3", "helper 4"])
        self.assertIn("ping | pong </script>", self.find("h1").text)
        self.assertEqual(self.browser.title, "Timeline: ping | pong </script>")
        self.assertEqual(self.find("#told").text, "20 ms, 2 CPUs, 3 threads")
        self.assertEqual(len(self.texts("#legend li")), 7)
        loaded = "return performance.getEntriesByType('resource').length"
        self.assertEqual(self.run_script(loaded), 0)  # one file, no network

    def test_hover(self):
        self.assertIn("running on CPU 0, 12 ms", self.hover(3, PING))
        text = self.hover(5.5, PONG)
        self.assertIn("blocked: pipe read, 1.1 ms", text)
        self.assertIn("in read(0x5, …)", text)
        self.assertIn("ready, 1.99 ms", self.hover(11, PONG))
        self.assertIn("wake by ping 2 1 ms before (pipe read)", self.hover(7.1, PONG))
        self.assertIn("hand-off by helper 4 2 ms before (inode)", self.hover(12, PONG))
        self.assertIn("preempted", self.hover(7.02, HELPER))
        self.assertIn("pong 3 runs for 1.9 ms", self.hover(8, CPU1))

    def test_zoom_and_pan(self):
        self.assertEqual(self.drawn(), (0, 20))
        self.assertEqual(self.key("+"), (5, 15))
        self.assertEqual(self.key(Keys.ARROW_LEFT), (3, 13))
        self.assertEqual(self.key("-"), (0, 20))
        self.find("#in").click()
        self.assertEqual(self.drawn(), (5, 15))
        self.find("#all").click()
        self.assertEqual(self.drawn(), (0, 20))
        origin = ScrollOrigin.from_element(self.plot, *self.place(5, PING))
        ActionChains(self.browser).scroll_from_origin(origin, 0, -200).perform()
        start, end = self.drawn()
        self.assertLess(end - start, 17)
        self.assertAlmostEqual((5 - start) / (end - start), 0.25, places=2)  # stays under the mouse
        ActionChains(self.browser).move_to_element(self.plot).click_and_hold().move_by_offset(
            -100, 0).release().perform()
        self.assertGreater(self.drawn()[0], start)
        self.assertEqual(self.key(Keys.HOME), (0, 20))

    def test_shares_follow_the_view(self):
        def share(row, column):
            cell = "#shares tbody tr:nth-child(%d) td:nth-child(%d)" % (row, column)
            return self.find(cell).text
        self.assertEqual([share(1, 3), share(1, 4)], ["60.0 %", "0.0 %"])
        self.assertEqual(share(2, 6), "pipe read")
        self.key("+")
        self.assertEqual(share(1, 3), "70.0 %")

    def test_arrows_are_drawn(self):
        before = self.picture()
        self.find("#arrows").click()
        self.drawn()
        self.assertNotEqual(self.picture(), before)

    def test_states_are_told_apart_without_colour(self):
        for scheme in ("light", "dark"):
            self.emulate(scheme=scheme)
            boxes = [self.luminance("#legend li:nth-child(%d) canvas" % n) for n in (1, 2, 3)]
            means = sorted(box[0] for box in boxes)
            self.assertGreater(means[1] - means[0], 20, (scheme, boxes))
            self.assertGreater(means[2] - means[1], 20, (scheme, boxes))
            running, ready, blocked = (box[2] - box[1] for box in boxes)
            self.assertEqual(round(running), 0)  # solid
            self.assertGreater(ready, 60)        # hatched
            self.assertGreater(blocked, 20)      # dotted
        self.emulate()

    def test_dark(self):
        light = self.picture()
        self.emulate(scheme="dark")
        while self.picture() == light:  # until it has been told, and has drawn
            self.drawn()
        self.assertLess(self.luminance("#canvas")[0], 110)
        self.emulate()

    def test_print(self):
        pdf = base64.b64decode(self.browser.execute_cdp_cmd("Page.printToPDF", {})["data"])
        self.assertTrue(pdf.startswith(b"%PDF") and len(pdf) > 5000)
        self.emulate(media="print")
        self.assertFalse(self.find("#in").is_displayed())
        self.assertTrue(self.find("#canvas").is_displayed() and self.find("#shares").is_displayed())
        self.emulate()


class Memory(PageTest):
    def write_page(self):
        moments = [log.parse(text) for text in recordings.MOMENTS]
        memory_page.write(self.path, moments, 0, "a <fork>")

    def choose(self, number):
        self.run_script("document.getElementById('step').selectedIndex = %d;"
                        "document.getElementById('step').onchange()" % number)

    def squares(self, moment, process, region):
        """The classes of the pages of a region, counted from the top."""
        pages = self.browser.find_elements(
            By.CSS_SELECTOR, ".moment:nth-child(%d) .process:nth-child(%d) .region" % (moment, process))
        return [square.get_attribute("class").replace("page ", "")
                for square in pages[region].find_elements(By.CSS_SELECTOR, ".page")]

    def test_words(self):
        self.assertEqual(self.find("h1").text, "Whose memory is what: a <fork>")
        self.assertEqual(self.texts("#step option"), [
            "1. fork by sh 2", "2. exec by sh 3 → ls", "3. thread by sh 2", "4. exec by sh 2"])
        self.assertEqual(self.texts(".moment h2"), ["before fork, 1.000 ms", "after fork, 2.000 ms"])
        self.assertEqual(self.texts(".process h3"), ["sh, process 2"] * 2 + ["sh, process 3"])
        self.assertEqual(self.find(".tables").text,
                         "4 pages by 5 page tables: 1 PML4 · 2 PDPT · 2 PD · 2 PT")

    def test_fork_shares(self):
        self.assertEqual(self.texts(".moment:first-child .region")[0].split()[0], "stack,")
        self.assertEqual(self.squares(1, 1, 0), ["private"])           # the stack
        self.assertEqual(self.squares(1, 1, 2), ["shared", "shared"])  # the code
        self.assertEqual(self.squares(2, 1, 0), ["cow"])
        self.assertEqual(self.squares(2, 2, 0), ["cow"])
        self.assertEqual(self.squares(2, 2, 2), ["shared", "shared"])
        title = self.find(".moment:nth-child(2) .page").get_attribute("title")
        self.assertIn("2 references, shared with sh 3, copy-on-write", title)

    def test_exec_is_anew(self):
        self.find("#next").click()
        self.assertEqual(self.texts(".process h3"), ["sh, process 3", "ls, process 3"])
        self.assertEqual(self.squares(2, 1, 0), ["private fresh"])
        self.find("#everyone").click()
        self.assertEqual(self.texts(".process h3")[-2:], ["sh, process 2", "ls, process 3"])

    def test_threads_and_guards(self):
        self.choose(2)
        names = [text.split("\n")[0] for text in self.texts(".moment:nth-child(2) .region")]
        self.assertEqual(names[:3], ["stack, grows down", "stack of thread 4", "guard"])
        self.assertEqual(len(self.texts(".moment:nth-child(2) .region.guard")), 1)

    def test_a_failed_step(self):
        self.choose(3)
        self.assertIn("It failed", self.find("#pictures").text)

    def test_dark_and_print(self):
        colour = "return getComputedStyle(document.body).backgroundColor"
        light = self.run_script(colour)
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark"}]})
        self.assertNotEqual(self.run_script(colour), light)
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        self.assertFalse(self.find("#next").is_displayed())
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        kinds = {self.run_script("return getComputedStyle(document.querySelector('#legend .%s'))"
                                 ".backgroundImage" % kind) for kind in ("private", "shared", "cow")}
        self.assertEqual(len(kinds), 3)  # hatched each in its way


if __name__ == "__main__":
    if not webdriver:
        use_other_python()
    unittest.main()
