"""The people of the seeded fortnight. Two are called Daniel, so that a first name is not always enough."""

from sayso.workspace.types import Contact, Person

ANA = Person("ana.silva@northwind.example", "Ana Silva")
BEN = Person("ben.hughes@mail.example", "Ben Hughes")
DANIEL_K = Person("daniel.kim@northwind.example", "Daniel Kim")
DANIEL_M = Person("daniel@moreau.example", "Daniel Moreau")
HELEN = Person("helen.zhou@northwind.example", "Helen Zhou")
MARCUS = Person("marcus.lind@northwind.example", "Marcus Lind")
MUM = Person("ruth@family.example", "Mum")
PRIYA = Person("priya.raman@northwind.example", "Priya Raman")
SAM = Person("sam.carter@mail.example", "Sam Carter")
TOMAS = Person("tomas.garcia@northwind.example", "Tomás García")
DENTIST = Person("practice@weiss-dental.example", "Dr. Weiss")
LANDLORD = Person("olivia.grant@grantproperties.example", "Olivia Grant")


def _contact(person: Person, phone: str, organization: str = "", notes: str = "") -> Contact:
    return Contact("", person.name, (person.email,), phone, organization, notes)


CONTACTS = (
    _contact(ANA, "+1 212 555 0101", "Northwind"),
    _contact(BEN, "+1 917 555 0102"),
    _contact(DANIEL_K, "+1 212 555 0103", "Northwind", "Finance"),
    _contact(DANIEL_M, "+1 646 555 0104", "Moreau Architects"),
    _contact(HELEN, "+1 212 555 0105", "Northwind", "Head of product"),
    _contact(MARCUS, "+1 212 555 0106", "Northwind", "My manager"),
    _contact(MUM, "+1 718 555 0107", notes="Ruth"),
    _contact(PRIYA, "+1 212 555 0108", "Northwind", "Budgets"),
    Contact("", SAM.name, (SAM.email, "sam@carterdesign.example"), "+1 917 555 0109", "Carter Design"),
    _contact(TOMAS, "+1 212 555 0110", "Northwind"),
    _contact(DENTIST, "+1 212 555 0111", "Weiss Dental"),
    _contact(LANDLORD, "+1 718 555 0112", "Grant Properties", "Landlord"),
)
