"""The field table (architecture.md, One field table; posting-fields.md). Adding a field touches one file here."""

from jobboard.base.fields.application import APPLICATION_FIELDS
from jobboard.base.fields.conditions import CONDITIONS_FIELDS
from jobboard.base.fields.contact import CONTACT_FIELDS
from jobboard.base.fields.dates import DATES_FIELDS
from jobboard.base.fields.duties import DUTIES_FIELDS
from jobboard.base.fields.field import Effect, Field, FieldType, Need, Section
from jobboard.base.fields.pay import PAY_FIELDS
from jobboard.base.fields.requirements import REQUIREMENTS_FIELDS
from jobboard.base.fields.role import ROLE_FIELDS

__all__ = ["BY_NAME", "BY_SECTION", "FIELDS", "Effect", "Field", "FieldType", "Need", "Section"]

BY_SECTION: dict[Section, tuple[Field, ...]] = {
    Section.ROLE: ROLE_FIELDS,
    Section.DUTIES: DUTIES_FIELDS,
    Section.REQUIREMENTS: REQUIREMENTS_FIELDS,
    Section.CONDITIONS: CONDITIONS_FIELDS,
    Section.PAY: PAY_FIELDS,
    Section.APPLICATION: APPLICATION_FIELDS,
    Section.CONTACT: CONTACT_FIELDS,
    Section.DATES: DATES_FIELDS,
}
FIELDS: tuple[Field, ...] = tuple(field for fields in BY_SECTION.values() for field in fields)
BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}
