"""What is said about the services of the storage account, in English and Korean."""

_CHANGE_THE_KEY = ("Change the key", "키 변경")

AZURE: dict[str, tuple[str, str]] = {
    "azure_table.short": ("Azure Table", "Azure Table"),
    "azure_table.title": ("Sandbox Azure Table", "샌드박스 Azure Table"),
    "azure_table.about": (
        "A storage account played by Microsoft's own emulator. Shows the rows that it keeps.",
        "Microsoft의 에뮬레이터가 응답하는 스토리지 계정입니다. 보관된 행을 보여 줍니다.",
    ),
    "azure_table.revoke": _CHANGE_THE_KEY,
    "azure_blob.short": ("Azure Blob", "Azure Blob"),
    "azure_blob.title": ("Sandbox Azure Blob", "샌드박스 Azure Blob"),
    "azure_blob.about": (
        "A storage account played by Microsoft's own emulator. Shows the blobs that it keeps.",
        "Microsoft의 에뮬레이터가 응답하는 스토리지 계정입니다. 보관된 Blob을 보여 줍니다.",
    ),
    "azure_blob.revoke": _CHANGE_THE_KEY,
    "entrance.storage": ("Key or shared access signature required", "키 또는 공유 액세스 서명(SAS) 필수"),
    "fail.down": ("Down until cleared", "지울 때까지 연결 끊기"),
    "fail.table_gone": ("The table is gone", "테이블이 없어짐"),
    "fail.container_gone": ("The container is gone", "컨테이너가 없어짐"),
    "refused.emulator": ("The storage emulator does not answer", "스토리지 에뮬레이터가 응답하지 않음"),
    "storage.not_installed": (
        "This system needs Microsoft's storage emulator: run `make azurite` (it needs Node and npm), then try again.",
        "이 시스템에는 Microsoft의 스토리지 에뮬레이터가 필요합니다. `make azurite`를 실행한 다음(Node와 npm 필요) "
        "다시 시도하세요.",
    ),
    "storage.does_not_start": (
        "Microsoft's storage emulator, which this system needs, does not start. Its own words stand in the log of the "
        "sandbox.",
        "이 시스템에 필요한 Microsoft의 스토리지 에뮬레이터가 시작되지 않습니다. 샌드박스의 로그에 에뮬레이터의 "
        "메시지가 있습니다.",
    ),
    "storage.no_answer": (
        "Microsoft's storage emulator, which this system needs, did not answer. Try again.",
        "이 시스템에 필요한 Microsoft의 스토리지 에뮬레이터가 응답하지 않았습니다. 다시 시도하세요.",
    ),
}
