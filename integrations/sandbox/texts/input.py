"""What is said about bad input, in English and Korean."""

INPUT: dict[str, tuple[str, str]] = {
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
    "input.texts": ("{field}: needs a list of texts.", "{field}: 텍스트 목록이어야 합니다."),
    "input.whole_numbers": ("{field}: needs whole numbers only.", "{field}: 정수만 쓸 수 있습니다."),
    "input.uuid": ("{field}: needs a UUID.", "{field}: UUID여야 합니다."),
    "input.certificate": (
        "{field}: needs a certificate in PEM form.",
        "{field}: PEM 형식의 인증서여야 합니다.",
    ),
    "input.choice": ("{field}: needs one of: {choices}.", "{field}: 다음 중 하나여야 합니다: {choices}."),
    "input.header": ("{field}: not fit for an HTTP header.", "{field}: HTTP 헤더에 쓸 수 없습니다."),
    "input.record": (
        "{field}: no record of this collection has this key.",
        "{field}: 이 컬렉션에 이 키를 가진 레코드가 없습니다.",
    ),
    "input.not_editable": (
        "{field}: records of this system cannot be changed here; change them with a client of its own.",
        "{field}: 이 시스템의 레코드는 여기서 수정할 수 없습니다. 해당 시스템의 클라이언트로 수정하세요.",
    ),
    "input.storage_key": (
        "{field}: needs the base64 of 64 bytes, as Azure's account keys are.",
        "{field}: Azure 계정 키처럼 64바이트를 base64로 나타낸 것이어야 합니다.",
    ),
    "input.no_tokens": ("{field}: this system has no tokens.", "{field}: 이 시스템에는 토큰이 없습니다."),
    "input.name": ("{field}: up to 64 letters, digits, - and _.", "{field}: 글자, 숫자, -, _ 64자까지 쓸 수 있습니다."),
    "input.secrets": (
        "{field}: needs a list of up to {most} secrets, each whsec_ and the base64 of 24 to 64 bytes.",
        "{field}: 비밀 키 {most}개까지의 목록이어야 합니다. 각 키는 whsec_ 뒤에 24~64바이트의 base64가 옵니다.",
    ),
}
