"""A hand that counts what it presses."""

import re

from playwright.sync_api import Dialog, Locator, Page


class Hand:
    """Presses buttons and keys, and counts them. Questions of the browser are answered yes, which is a press, too."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses = 0
        self.questions: list[str] = []
        page.on("dialog", self._say_yes)

    def press(self, target: Locator) -> None:
        self.presses += 1
        target.click()

    def press_link(self, name: str | re.Pattern[str]) -> None:
        self.press(self.page.get_by_role("link", name=name, exact=isinstance(name, str)))

    def press_button(self, name: str | re.Pattern[str]) -> None:
        self.press(self.page.get_by_role("button", name=name, exact=isinstance(name, str)))

    def press_key(self, key: str) -> None:
        self.presses += 1
        self.page.keyboard.press(key)

    def choose(self, box: Locator, label: str) -> None:
        """From a box: one press, as the promises count."""
        self.presses += 1
        box.select_option(label=label)

    def type(self, text: str) -> None:
        """Where the focus is, once it is where one can type."""
        self.page.wait_for_function("document.activeElement.matches('input, textarea')")
        self.page.keyboard.type(text)

    def _say_yes(self, dialog: Dialog) -> None:
        self.presses += 1
        self.questions.append(dialog.message)
        dialog.accept()
