"""Examples for the OpenAPI description."""

from drf_spectacular.utils import OpenApiExample

LEAD = OpenApiExample(
    "A lead",
    value={
        "id": "019f3c1e-7a50-7c3e-9b6a-2f1d5c8e4a10",
        "stage": "new",
        "first_name": "Mina",
        "last_name": "Park",
        "email": "mina@fabrikam.example",
        "phone": "+82 2 555 0100",
        "company": "Fabrikam",
        "title": "Head of IT",
        "country": "Korea",
        "country_code": "KR",
        "offer": 3,
        "offer_name": "Contoso Firewall",
        "offer_title": "Contoso Firewall (preview)",
        "source": "AzureMarketplace",
        "action": "INS",
        "is_test": False,
        "is_dnc": False,
        "is_private": False,
        "close_reason": "",
        "owner": 7,
        "team": 1,
        "score": 45,
        "answer_by": "2026-11-23T09:30:00Z",
        "contacted_at": None,
        "next_task_at": None,
        "snoozed_until": None,
        "touch_count": 2,
        "first_touch_at": "2026-11-20T08:15:00Z",
        "last_touch_at": "2026-11-22T09:30:00Z",
        "version": 3,
        "merged_into": None,
        "personal_data": "shown",
    },
    response_only=True,
)

_DELIVERY = {
    "id": "019f3c1e-7b11-7d02-8f3c-6f0a9d2b7c44",
    "touch": "019f3c1e-7a9c-7a51-a2d4-0b7e6c1f3d22",
    "lead": "019f3c1e-7a50-7c3e-9b6a-2f1d5c8e4a10",
    "destination": 1,
    "destination_name": "Sales CRM",
    "route": 2,
    "state": "failed",
    "reason": "record_refused",
    "diagnosis": {
        "meaning": "The receiving system refused this lead.",
        "remedy": "Read its answer, correct the lead or the receiver's rules, then try again.",
        "who": "sales",
    },
    "without_personal_data": False,
    "tries": 1,
    "next_attempt_at": None,
    "deadline_at": "2026-12-06T09:30:01Z",
    "arrival": "",
    "external_id": "",
    "external_url": "",
    "created_at": "2026-11-22T09:30:01Z",
    "delivered_at": None,
}

_ATTEMPT = {
    "id": "019f3c1e-7c01-70aa-b1c2-3d4e5f607182",
    "started_at": "2026-11-22T09:30:01Z",
    "sent_at": None,
    "finished_at": "2026-11-22T09:30:02Z",
    "result": "rejected",
    "is_late": False,
    "cause": "record_refused",
    "diagnosis": _DELIVERY["diagnosis"],
    "detail": "Field industry is not known.",
    "code": "",
    "http_status": 422,
    "duration_ms": 81,
    "exchange": {
        "method": "POST",
        "url": "https://crm.example.com/leads",
        "request_headers": {"content-type": "application/json"},
        "request_body": '{"email":"mina@fabrikam.example"}',
        "response_status": 422,
        "response_headers": {"content-type": "text/plain"},
        "response_body": "Field industry is not known.",
    },
}

DELIVERY = OpenApiExample("A failed delivery", value=_DELIVERY, response_only=True)

DELIVERY_DETAIL = OpenApiExample(
    "A failed delivery with its attempt",
    value=_DELIVERY | {"attempts": [_ATTEMPT], "personal_data": "shown"},
    response_only=True,
)

OFFER = OpenApiExample(
    "An offer",
    value={"name": "Contoso Firewall", "publisher_id": "contoso", "offer_id": "contoso-firewall"},
    request_only=True,
)
