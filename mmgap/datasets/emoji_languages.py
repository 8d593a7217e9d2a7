"""In which languages emoji have names: by pip, and in the packages of npm. The standard library only."""

#: Of the package ``emoji``.
BY_PIP = ("en", "es", "ja", "ko", "pt", "it", "fr", "de", "fa", "id", "zh", "ru", "tr", "ar")

#: Of the package ``emojibase-data``.
BY_NPM = (
    *("bn", "da", "de", "en", "en-gb", "es", "es-mx", "et", "fi", "fr", "hi", "hu", "it", "ja", "ko", "lt", "ms", "nb"),
    *("nl", "pl", "pt", "ru", "sv", "th", "uk", "vi", "zh", "zh-hant"),
)
