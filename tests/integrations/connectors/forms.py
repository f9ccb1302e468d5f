"""What a settings form makes of what was typed."""

from typing import Any

from integrations.config_form import ConfigForm


def settings_of(form: ConfigForm) -> dict[str, Any]:
    """What is stored after somebody saved it."""
    assert form.is_valid(), form.errors
    return form.cleaned_data


def errors_of(form: ConfigForm) -> dict[str, list[str]]:
    return {name: [str(text) for text in texts] for name, texts in form.errors.items()}


def only_error_of(form: ConfigForm, name: str) -> str:
    """It stands at this field, alone."""
    assert not form.is_valid()
    assert list(form.errors) == [name]
    (message,) = form.errors[name]
    return str(message)
