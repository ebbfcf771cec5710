"""Names both directions share."""

from apps.rules.engine.vocabulary import FactType, HitPolicy, OutputType

DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
# Every edition of the standard names its elements alike.
DMN_EDITIONS = ("http://www.omg.org/spec/DMN/", "https://www.omg.org/spec/DMN/")
OWN = "urn:citybrain:rules:1"

HIT_POLICIES = {
    HitPolicy.FIRST: "FIRST",
    HitPolicy.UNIQUE: "UNIQUE",
    HitPolicy.COLLECT: "COLLECT",
    HitPolicy.RULE_ORDER: "RULE ORDER",
}
FACT_TYPES = {
    FactType.CODE: "string",
    FactType.NUMBER: "number",
    FactType.BOOL: "boolean",
    FactType.TEXT: "string",
    FactType.TAGS: "Any",
    FactType.AREA: "string",
    FactType.DATETIME: "date and time",
}
OUTPUT_TYPES = {
    OutputType.ORGANIZATION: "string",
    OutputType.ORGANIZATIONS: "string",
    OutputType.NUMBER: "number",
    OutputType.LIMIT: "number",
    OutputType.CODE: "string",
    OutputType.TEXT: "string",
    OutputType.BOOL: "boolean",
}
