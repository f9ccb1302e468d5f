"""Every text the page shows, in English and Korean, and the sentences about bad input. Named placeholders in braces."""

ENGLISH, KOREAN = "en", "ko"
LANGUAGES = {ENGLISH: "English", KOREAN: "한국어"}

TEXTS: dict[str, tuple[str, str]] = {
    "receiver.title": ("Sandbox receiver", "샌드박스 수신기"),
    "receiver.about": (
        "A practice destination. It checks what it gets as a strict receiver does and keeps each message once.",
        "연습용 전송 대상입니다. 엄격한 수신기처럼 받은 것을 검사하고 메시지마다 한 번만 보관합니다.",
    ),
    "receiver.empty": ("Nothing has arrived yet", "아직 도착한 것이 없습니다"),
    "receiver.empty_remedy": (
        "Send leads to {url}: in Lead CRM, make a destination with this address, or post a sample lead.",
        "{url} 주소로 리드를 보내세요. Lead CRM에서 이 주소로 전송 대상을 만들거나 샘플 리드를 보내면 됩니다.",
    ),
    "page.language": ("Language", "언어"),
    "page.offline": (
        "The sandbox does not answer. This page is not up to date.",
        "샌드박스가 응답하지 않습니다. 이 화면은 최신 상태가 아닙니다.",
    ),
    "page.clock": ("The clock of the sandbox is set to {at}.", "샌드박스의 시계가 {at}(으)로 맞춰져 있습니다."),
    "page.arrived": ("What arrived", "도착한 요청"),
    "page.latest": ("The latest {shown} of {count}.", "{count}건 중 최근 {shown}건입니다."),
    "page.requests": ("Requests", "요청"),
    "page.records": ("Kept", "보관"),
    "page.forget": ("Forget everything", "모두 지우기"),
    "page.forget_hint": (
        "Also clears the waiting failures. Secrets and settings stay.",
        "대기 중인 실패도 지웁니다. 비밀 키와 설정은 남습니다.",
    ),
    "page.addresses": ("Addresses", "주소"),
    "page.kept": ("{count} kept", "{count}건 보관"),
    "entrance.open": ("Signature not checked: no secret set", "서명을 확인하지 않음: 비밀 키 없음"),
    "entrance.signed": ("Signature required", "서명 필수"),
    "entrance.lenient": ("Signature checked, not required", "서명 확인, 필수 아님"),
    "entrance.bearer": ("Bearer token required", "Bearer 토큰 필수"),
    "entrance.basic": ("User name and password required", "사용자 이름과 비밀번호 필수"),
    "entrance.header": ("Own headers required", "지정 헤더 필수"),
    "arrival.nobody": ("No name", "이름 없음"),
    "arrival.answered": ("Answered {status}", "{status} 응답"),
    "arrival.unanswered": ("No answer", "응답 없음"),
    "arrival.times": ("received {count} times", "{count}번 받음"),
    "arrival.once": ("received once", "1번 받음"),
    "arrival.failed": ("Made to fail", "의도한 실패"),
    "arrival.unlabelled": ("no webhook-id", "webhook-id 없음"),
    "arrival.connection": ("Connection {number}", "연결 {number}"),
    "arrival.cut": (
        "Only the first {shown} of {size} bytes are shown.",
        "{size}바이트 중 처음 {shown}바이트만 표시합니다.",
    ),
    "arrival.no_body": ("No body", "본문 없음"),
    "arrival.hidden": ("hidden", "숨김"),
    "signature.valid": ("Signature valid", "서명 유효"),
    "signature.unchecked": ("Signature not checked", "서명 확인 안 함"),
    "signature.missing": ("Not signed", "서명 없음"),
    "signature.malformed": ("Signature headers malformed", "서명 헤더 형식 오류"),
    "signature.unsupported": ("No v1 signature", "v1 서명 없음"),
    "signature.stale": ("Signed too long ago", "서명 시각이 너무 오래됨"),
    "signature.early": ("Signed in the future", "서명 시각이 미래임"),
    "signature.wrong": ("Signature wrong", "서명 불일치"),
    "shape.envelope": ("Event envelope", "이벤트 형식"),
    "shape.documented": ("Documented shape", "문서 형식"),
    "shape.camel": ("Camel case shape", "카멜 표기 형식"),
    "arrival.new": ("New", "새 메시지"),
    "arrival.repeated": ("Repeat", "반복"),
    "arrival.changed": ("Repeat with another body", "본문이 다른 반복"),
    "arrival.unkeyed": ("Repeats cannot be told: no webhook-id", "반복을 구별할 수 없음: webhook-id 없음"),
    "refused.path": ("No such address", "없는 주소"),
    "refused.method": ("Only POST is taken", "POST만 받음"),
    "refused.malformed": ("Broken, cut off or too large", "깨졌거나 잘렸거나 너무 큼"),
    "refused.message_id": ("webhook-id malformed", "webhook-id 형식 오류"),
    "refused.bearer": ("Bearer token missing or wrong", "Bearer 토큰이 없거나 틀림"),
    "refused.basic": ("User name or password missing or wrong", "사용자 이름 또는 비밀번호가 없거나 틀림"),
    "refused.header": ("A required header is missing or wrong", "필수 헤더가 없거나 틀림"),
    "refused.signature": ("A valid signature is required", "유효한 서명이 필요함"),
    "refused.media_type": ("Content-Type is not application/json", "Content-Type이 application/json이 아님"),
    "refused.empty": ("The body is empty", "본문이 비어 있음"),
    "refused.not_utf8": ("The body is not UTF-8 text", "본문이 UTF-8 텍스트가 아님"),
    "refused.not_json": ("The body is not JSON", "본문이 JSON이 아님"),
    "refused.repeated_name": ("A name occurs twice in one object", "한 객체에 같은 이름이 두 번 나옴"),
    "refused.not_object": ("The body is not a JSON object", "본문이 JSON 객체가 아님"),
    "refused.unknown_shape": ("The body has none of the known shapes", "본문이 알려진 형식이 아님"),
    "refused.wrong_type": ("A field is not text", "텍스트가 아닌 필드가 있음"),
    "fail.title": ("Make it fail", "실패 연습"),
    "fail.about": (
        "Rehearse an outage: the next matching requests get this instead.",
        "장애를 연습합니다. 다음 요청이 아래와 같이 처리됩니다.",
    ),
    "fail.refuse_twice": ("Answer 503 twice", "503 두 번 응답"),
    "fail.throttle": ("Answer 429, retry after 5 s", "429 응답, 5초 뒤 재시도"),
    "fail.lose_answer": ("Keep it, lose the answer", "보관하고 응답 끊기"),
    "fail.outage": ("Answer 503 until cleared", "지울 때까지 503 응답"),
    "fail.more": ("More ways to fail", "다른 방법"),
    "fail.action": ("What happens", "동작"),
    "fail.status": ("Status", "상태 코드"),
    "fail.delay": ("Wait in seconds", "대기 시간(초)"),
    "fail.times": ("How many times", "횟수"),
    "fail.times_hint": ("Empty: until cleared", "비우면 지울 때까지"),
    "fail.address": ("Address", "주소"),
    "fail.all": ("All", "전체"),
    "fail.add": ("Make it fail", "적용"),
    "fail.waiting": ("Waiting failures", "대기 중인 실패"),
    "fail.none": ("None. Requests are answered as usual.", "없음. 요청에 정상으로 응답합니다."),
    "fail.clear": ("Clear", "지우기"),
    "fail.clear_all": ("Clear all", "모두 지우기"),
    "fail.respond": ("Answer {status}", "{status} 응답"),
    "fail.pause": ("{seconds} s between bytes", "바이트 사이 {seconds}초"),
    "fail.left": ("{count} left", "{count}번 남음"),
    "fail.forever": ("until cleared", "지울 때까지"),
    "fail.after": ("after {seconds} s", "{seconds}초 뒤"),
    "action.respond": ("Answer with a status", "상태 코드로 응답"),
    "action.delay": ("Answer late", "늦게 응답"),
    "action.drop_before": ("Reset the connection, keep nothing", "보관하지 않고 연결 재설정"),
    "action.commit_then_drop": ("Keep it, then drop the connection", "보관한 뒤 연결 끊기"),
    "action.redirect": ("Redirect elsewhere", "다른 곳으로 리디렉션"),
    "action.garbage": ("Answer 200 with an HTML page", "200과 HTML 페이지로 응답"),
    "action.truncate": ("Cut the answer off", "응답을 중간에 자르기"),
    "action.trickle": ("Answer byte by byte", "한 바이트씩 응답"),
    "action.oversize": ("Answer with a huge body", "매우 큰 본문으로 응답"),
    "action.gzip_bomb": ("Answer with a gzip bomb", "gzip 폭탄으로 응답"),
    "input.object": ("{field}: needs a JSON object.", "{field}: JSON 객체여야 합니다."),
    "input.json": (
        "{field}: this is not JSON; check quotes and commas.",
        "{field}: JSON이 아닙니다. 따옴표와 쉼표를 확인하세요.",
    ),
    "input.unknown": (
        "{field}: not known here; remove it or check its spelling.",
        "{field}: 여기서 쓰지 않는 필드입니다. 지우거나 철자를 확인하세요.",
    ),
    "input.whole": (
        "{field}: needs a whole number from {low} to {high}.",
        "{field}: {low}에서 {high}까지의 정수여야 합니다.",
    ),
    "input.number": (
        "{field}: needs a number from {low} to {high}.",
        "{field}: {low}에서 {high}까지의 숫자여야 합니다.",
    ),
    "input.flag": ("{field}: needs true or false.", "{field}: true 또는 false여야 합니다."),
    "input.text": ("{field}: needs a text.", "{field}: 텍스트여야 합니다."),
    "input.choice": ("{field}: needs one of: {choices}.", "{field}: 다음 중 하나여야 합니다: {choices}."),
    "input.header": ("{field}: not fit for an HTTP header.", "{field}: HTTP 헤더에 쓸 수 없습니다."),
    "input.name": ("{field}: up to 64 letters, digits, - and _.", "{field}: 글자, 숫자, -, _ 64자까지 쓸 수 있습니다."),
    "input.secrets": (
        "{field}: needs a list of up to {most} secrets, each whsec_ and the base64 of 24 to 64 bytes.",
        "{field}: 비밀 키 {most}개까지의 목록이어야 합니다. 각 키는 whsec_ 뒤에 24~64바이트의 base64가 옵니다.",
    ),
}


def say(language: str, name: str, **params: object) -> str:
    """The text of this name with its placeholders filled."""
    english, korean = TEXTS[name]
    return (korean if language == KOREAN else english).format(**params)


def choose_language(asked: str | None, accepted: str | None) -> str:
    """The language asked for, else the first one of `Accept-Language` that we have, else English (RFC 9110, 12.5.4)."""
    if asked in LANGUAGES:
        return asked
    ranked = sorted(_preferences(accepted or ""), key=lambda preference: -preference[1])
    return next((language for language, weight in ranked if weight > 0 and language in LANGUAGES), ENGLISH)


def _preferences(accepted: str) -> list[tuple[str, float]]:
    preferences = []
    for entry in accepted.split(","):
        tag, _, parameter = entry.partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        preferences.append((tag.strip().lower().partition("-")[0], weight))
    return preferences
