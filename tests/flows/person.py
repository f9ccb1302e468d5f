"""Somebody signed in to the admin, over HTTP."""

import re
from typing import Any

import requests

PATIENCE = 30.0


class Person:
    def __init__(self, server: str, name: str, password: str) -> None:
        self.server = server
        self.session = requests.Session()
        page = self.page("/admin/login/")
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert found, page
        form = {"csrfmiddlewaretoken": found[1], "username": name, "password": password, "next": "/admin/"}
        answer = self.session.post(f"{server}/admin/login/", data=form, timeout=PATIENCE)
        assert answer.url == f"{server}/admin/", "not signed in"

    def page(self, path: str) -> str:
        answer = self.session.get(f"{self.server}{path}", timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return answer.text

    def sees_on_list(self, text: str) -> bool:
        return text in self.page("/admin/leads/lead/")

    def api(self, path: str, **filters: str) -> Any:
        """What the REST API says, to somebody signed in."""
        answer = self.session.get(f"{self.server}/api/v1/{path}", params=filters, timeout=PATIENCE)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def deliveries(self, receipt: str) -> list[dict[str, Any]]:
        """With their attempts, of what was read from the request with this receipt."""
        touches = self.api("touches", inbound_request=receipt)["results"]
        found = [one for touch in touches for one in self.api("deliveries", touch=touch["id"])["results"]]
        return [self.api(f"deliveries/{delivery['id']}") for delivery in found]

    def delivery(self, receipt: str) -> dict[str, Any]:
        [delivery] = self.deliveries(receipt)
        return delivery

    def is_delivered(self, receipt: str) -> bool:
        found = self.deliveries(receipt)
        return bool(found) and all(delivery["state"] == "delivered" for delivery in found)

    def sign_out(self) -> None:
        self.session.close()
