"""Messages with what a person who knows the catalogue says they are about: two catalogues, easy ones and traps."""

from __future__ import annotations

from dataclasses import dataclass

from rapport.rules.linking.offered import Offered

HOMES = (
    Offered(
        "river",
        "River House",
        "river-house",
        code="RH-12",
        external_ref="4471",
        urls=("https://www.homes.example/objects/river-house",),
        aliases=("the house by the river", "Haus am Fluss"),
        description="Four bedrooms and a garden down to the water, with a boat landing and a summer kitchen.",
    ),
    Offered(
        "annex",
        "River House Annex",
        "river-house-annex",
        code="RH-13",
        external_ref="4472",
        urls=("https://www.homes.example/objects/river-house-annex",),
        description="A small flat beside the main building, with a door of its own and a terrace.",
    ),
    Offered(
        "mill",
        "Old Mill Loft",
        "old-mill-loft",
        code="OM-3",
        external_ref="2019",
        urls=("https://www.homes.example/objects/old-mill-loft",),
        aliases=("Mill Loft", "Mühlenloft"),
        description="An open loft under the beams of a mill, brick walls, a gallery and a roof terrace over the town.",
    ),
    Offered(
        "park",
        "Park View",
        "park-view",
        code="PV-77",
        external_ref="A-900",
        urls=("https://www.homes.example/objects/park-view",),
        aliases=("Parkview Residence",),
        description="New apartments with underground parking, a lift and balconies towards the trees.",
    ),
    Offered(
        "office",
        "Harbour Offices",
        "harbour-offices",
        code="HARB",
        external_ref="B-118",
        urls=("https://www.homes.example/objects/harbour-offices", "https://harbour-offices.example/"),
        aliases=("Harbor Offices", "Hafenbüros"),
        description="Rooms for companies of five to fifty desks, meeting rooms, fibre and a canteen at the quay.",
    ),
)
TOOLS = (
    Offered(
        "pulse",
        "Pulse",
        "pulse",
        code="PLS-1",
        external_ref="100231",
        urls=("https://tools.example/products/pulse",),
        aliases=("Pulse Monitoring",),
        description="Watches servers and web sites and tells whoever is on call when something is down.",
    ),
    Offered(
        "ledger",
        "LedgerFlow",
        "ledgerflow",
        code="LF-2",
        external_ref="100232",
        urls=("https://tools.example/products/ledgerflow",),
        aliases=("Ledger Flow",),
        description="Bookkeeping for small companies: invoices, receipts, tax reports and bank reconciliation.",
    ),
    Offered(
        "support",
        "Premium Support",
        "premium-support",
        code="SUP",
        external_ref="S1",
        urls=("https://tools.example/services/premium-support",),
        description="An engineer by telephone at any hour, an answer within fifteen minutes and a review each quarter.",
    ),
    Offered(
        "training",
        "Starter Workshop",
        "starter-workshop",
        code="WS-1",
        external_ref="W1",
        urls=("https://tools.example/services/starter-workshop",),
        aliases=("Onboarding Workshop",),
        description="Two days at your place: import of data, first dashboards and rights of users.",
    ),
    Offered(
        "stack9",
        "Stack 9",
        "stack-9",
        code="ST-9",
        external_ref="100240",
        urls=("https://tools.example/products/stack-9",),
        description="Servers in racks, delivered and wired, with spare parts within four hours.",
    ),
)


@dataclass(frozen=True)
class Labelled:
    """A message and the offerings it is about."""

    text: str
    about: frozenset[str]
    before: tuple[str, ...] = ()


def _of(text: str, *about: str, before: tuple[str, ...] = ()) -> Labelled:
    return Labelled(text, frozenset(about), before)


ON_HOMES = (
    _of("Is the River House still free?", "river"),
    _of("Hello, we saw River House on your site and would like to visit on Saturday.", "river"),
    _of("is the river house still available for august", "river"),
    _of("Good morning, what does RH-12 cost per month?", "river"),
    _of("rh-12 please call me", "river"),
    _of("I am interested in object RH-13.", "annex"),
    _of("How big is the River House Annex exactly?", "annex"),
    _of("Could we rent the Annex of River House without the main building?", "annex"),
    _of("https://www.homes.example/objects/old-mill-loft?utm_source=mail - is this the one with the gallery?", "mill"),
    _of("Look at http://homes.example/objects/park-view/ please", "park"),
    _of("we want to see www.homes.example/objects/river-house next week.", "river"),
    _of("Is parking included in Park View?", "park"),
    _of("Does the flat have a park view?"),
    _of("We are looking for something with a view of the park, four rooms."),
    _of("The Old Mill Loft looks great, is the price negotiable?", "mill"),
    _of("Ist das Mühlenloft noch zu haben?", "mill"),
    _of("Guten Tag, ich interessiere mich für das Haus am Fluss.", "river"),
    _of("Wir suchen Hafenbüros für 20 Leute ab Januar", "office"),
    _of("Can I have a floor plan of the Harbour Offices?", "office"),
    _of("Harbor offices: is fibre already there?", "office"),
    _of("Objekt Nr. 4471, bitte um Rückruf", "river"),
    _of("I call about listing 4472", "annex"),
    _of("My number is 020 4471 8890, please call back."),
    _of("We could pay 4471 a month at most."),
    _of("We moved here in 2019 and want to buy now."),
    _of("listing 2019 please", "mill"),
    _of("What about A-900 and B-118?", "park", "office"),
    _of("RH-12 or RH-13, which one is quieter?", "river", "annex"),
    _of("We do not want the River House but Old Mill Loft, please.", "mill"),
    _of("Is the Old Mil Loft free?", "mill"),
    _of("Riverhouse, is it still on offer?", "river"),
    _of("Mill Loft visit on Monday?", "mill"),
    _of("Do you have an open loft with brick walls and a gallery in town?", "mill"),
    _of("We need rooms for thirty desks with meeting rooms and a canteen.", "office"),
    _of("Something with a garden down to the water and a boat landing?", "river"),
    _of("Thank you, Tuesday at ten is fine."),
    _of("Sounds good. What would the deposit be?", "park", before=("park",)),
    _of("And is there a lift?", "park", before=("park",)),
    _of("ok thanks"),
    _of("I work at River House Publishing and we sell paper to agencies like yours."),
    _of("> Is the River House still free?\nIt is, thank you for the quick answer.\nWhen may we see Park View?", "park"),
    _of("I live near an old mill and wonder what it is worth."),
    _of("The harbour is lovely in spring."),
    _of("Please remove me from your list."),
    _of("Do you offer loans?"),
    _of("PV-77?", "park"),
    _of("HARB - how many desks?", "office"),
    _of("Can we meet at the harb in town?"),
    _of("The house by the river, with the summer kitchen: which year was it built?", "river"),
    _of("park view residence brochure please", "park"),
)
ON_TOOLS = (
    _of("What does Pulse cost for 40 servers?", "pulse"),
    _of("My pulse went up when I saw your prices :)"),
    _of("pulse monitoring: is there a trial?", "pulse"),
    _of("We use something else to watch our servers and it never tells whoever is on call.", "pulse"),
    _of("Does LedgerFlow export to our tax adviser?", "ledger"),
    _of("ledgerflow demo?", "ledger"),
    _of("Is Ledger Flow able to read receipts?", "ledger"),
    _of("We have a ledger and cash flow problems."),
    _of("We would like Premium Support for our team of eight.", "support"),
    _of("Your premium support is what we lacked with our last vendor.", "support"),
    _of("Do you give premium support, or is it only by mail?"),
    _of("100232 x 5 licences please", "ledger"),
    _of("Order PLS-1, invoice to the address below", "pulse"),
    _of("item S1 for one year", "support"),
    _of("The S1 train was late, sorry for missing the call."),
    _of("Is Stack 9 deliverable before June?", "stack9"),
    _of("Is stack 8 still sold?"),
    _of("see https://tools.example/services/starter-workshop - for how many people is it?", "training"),
    _of("How long is the Starter Workshop?", "training"),
    _of("Our onboarding workshop last year was a disaster, so no thanks."),
    _of("ST-9 and WS-1 together, any discount?", "stack9", "training"),
    _of("What is up, SUP?", "support"),
    _of("sup, are you open on friday"),
    _of("Could somebody call me? 100 231 44 12"),
    _of("Not interested, please stop writing."),
    _of("I forwarded your message to our CTO."),
    _of("How much is it?", "ledger", before=("ledger",)),
    _of("stack-9 spec sheet please", "stack9"),
    _of("premium-support.pdf is broken on your site", "support"),
)
SETS = ((HOMES, ON_HOMES), (TOOLS, ON_TOOLS))
