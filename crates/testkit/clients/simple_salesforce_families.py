"""simple-salesforce, unmodified, on each family of resources of the practice org: collections, composite, queries, feeds,
both bulk interfaces, files."""

import base64
import csv
import datetime
import io
import json
import sys

from simple_salesforce import Salesforce, SalesforceLogin, format_soql
from simple_salesforce.exceptions import SalesforceMalformedRequest

order = json.loads(sys.stdin.readline())


def sign_in():
    """By the SOAP login."""
    session_id, instance = SalesforceLogin(
        username=order["username"],
        password=order["password"],
        security_token="",
        scratch_url=order["instance_url"],
    )
    return Salesforce(session_id=session_id, instance=instance, version="66.0")


def collections(org):
    """200 rows in one request, read in order, changed, deleted."""
    rows = [{"attributes": {"type": "Contact"}, "LastName": f"Family {n}"} for n in range(200)]
    made = org.restful("composite/sobjects", method="POST", json={"allOrNone": True, "records": rows})
    assert len(made) == 200 and all(one["success"] for one in made), made[:2]
    ids = [one["id"] for one in made]
    read = org.restful("composite/sobjects/Contact", method="POST", json={"ids": ids[::-1], "fields": ["LastName"]})
    assert [one["LastName"] for one in read] == [f"Family {n}" for n in range(199, -1, -1)]
    too_many = rows + rows[:1]
    try:
        org.restful("composite/sobjects", method="POST", json={"records": too_many})
        raise AssertionError("201 rows were taken")
    except SalesforceMalformedRequest as error:
        assert error.content[0]["errorCode"] == "EXCEEDED_ID_LIMIT", error.content
    changed = [{"attributes": {"type": "Contact"}, "id": one, "Title": "Head"} for one in ids]
    answer = org.restful("composite/sobjects", method="PATCH", json={"records": changed})
    assert all(one["success"] for one in answer)
    gone = org.restful("composite/sobjects", params={"ids": ",".join(ids)}, method="DELETE")
    assert len(gone) == 200 and all(one["success"] for one in gone)
    return len(ids)


def composite(org):
    """A reference into an earlier answer, and a tree."""
    base = "/services/data/v66.0"
    answer = org.restful(
        "composite",
        method="POST",
        json={
            "compositeRequest": [
                {"method": "POST", "url": f"{base}/sobjects/Account", "referenceId": "a", "body": {"Name": "Py Ltd"}},
                {"method": "GET", "url": f"{base}/sobjects/Account/@{{a.id}}?fields=Name", "referenceId": "b"},
                {"method": "GET", "url": f"{base}/sobjects/Account/@{{nobody.id}}", "referenceId": "c"},
            ]
        },
    )["compositeResponse"]
    assert [one["httpStatusCode"] for one in answer] == [201, 200, 400], answer
    assert answer[1]["body"]["Name"] == "Py Ltd"
    assert answer[2]["body"][0]["errorCode"] == "PROCESSING_HALTED", answer[2]
    try:
        org.restful(
            "composite/tree/Account",
            method="POST",
            json={"records": [{"attributes": {"type": "Account", "referenceId": "r"}, "Phone": "1"}]},
        )
        raise AssertionError("a tree without its name was taken")
    except SalesforceMalformedRequest as error:
        assert error.content["results"][0]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING", error.content
    return len(answer)


def queries(org):
    """Aggregates, children, deleted rows, and user text that is quoted by the client."""
    groups = org.query("SELECT Industry, COUNT(Id) n FROM Account GROUP BY Industry HAVING COUNT(Id) > 1")["records"]
    assert groups and all(one["attributes"]["type"] == "AggregateResult" for one in groups)
    name = "O'Neil \\ 100%_\n"
    made = org.Account.create({"Name": name})["id"]
    found = org.query(format_soql("SELECT Name FROM Account WHERE Name = {}", name.strip()))["records"]
    assert [one["Name"] for one in found] == [name.strip()], found
    org.Account.delete(made)
    gone = org.query_all(f"SELECT Id FROM Account WHERE Id = '{made}'", include_deleted=True)
    assert gone["totalSize"] == 1, gone
    return len(groups)


def feeds(org):
    """Changed and deleted records of the last minutes."""
    made = org.Lead.create({"LastName": "Feed", "Company": "Feed Ltd"})["id"]
    other = org.Lead.create({"LastName": "Lost", "Company": "Feed Ltd"})["id"]
    org.Lead.delete(other)
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=1)
    start = end - datetime.timedelta(minutes=5)
    updated, deleted = org.Lead.updated(start, end), org.Lead.deleted(start, end)
    assert made in updated["ids"], updated
    assert other in [one["id"] for one in deleted["deletedRecords"]], deleted
    return len(updated["ids"])


def layouts(org):
    """Layouts of an object, and of its master record type."""
    assert org.Account.describe_layout("012000000000000AAA")
    return len(org.restful("sobjects/Account/describe/layouts", method="GET")["layouts"])


def search(org):
    """SOSL, by text and by the client's quick search."""
    made = org.Account.create({"Name": "Quetzal Works"})["id"]
    found = org.search("FIND {Quetzal} IN ALL FIELDS RETURNING Account(Id, Name)")["searchRecords"]
    assert [one["Id"] for one in found] == [made], found
    assert made in [one["Id"] for one in org.quick_search("Quetzal")["searchRecords"]]
    plain = org.restful("parameterizedSearch", params={"q": "Quetzal", "sobject": "Account", "Account.fields": "Name"})
    assert [one["Name"] for one in plain["searchRecords"]] == ["Quetzal Works"], plain
    return len(found)


def small(org):
    """Limits, recent items, counts."""
    counts = org.restful("limits/recordCount", params={"sObjects": "Account,Contact"})["sObjects"]
    assert {one["name"] for one in counts} == {"Account", "Contact"} and all(one["count"] > 0 for one in counts)
    # The client makes nothing of an empty list.
    org.query("SELECT Id FROM Account LIMIT 2 FOR VIEW")
    assert len(org.restful("recent")) >= 2
    limits = org.limits()
    return limits["DailyApiRequests"]["Remaining"]


def bulk2(org):
    """A load of Bulk API 2.0, an export of it in pages, and its deletion."""
    rows = [{"Name": f"Python {n}", "Site": "a,b"} for n in range(300)]
    (loaded,) = org.bulk2.Account.insert(records=rows, wait=1)
    assert (loaded["numberRecordsTotal"], loaded["numberRecordsFailed"]) == (300, 0), loaded
    soql = "SELECT Id, Name, Site FROM Account WHERE Name LIKE 'Python %'"
    pages = list(org.bulk2.Account.query(soql, max_records=200, wait=1))
    read = [row for page in pages for row in csv.DictReader(io.StringIO(page))]
    assert len(pages) == 2 and {row["Name"] for row in read} == {row["Name"] for row in rows}, len(pages)
    (gone,) = org.bulk2.Account.delete(records=[{"Id": row["Id"]} for row in read], wait=1)
    assert gone["numberRecordsFailed"] == 0, gone
    return len(read)


def bulk(org):
    """The first Bulk API in JSON: rows in, with what was sent beside what became of it, a query, rows out."""
    rows = [{"LastName": f"Json {n}", "Birthdate": "1970-01-02"} for n in range(60)]
    made = org.bulk.Contact.insert(rows + [{"Email": "nameless@json.example"}], batch_size=40)
    assert [one["success"] for one in made] == [True] * 60 + [False], made[-1]
    assert made[-1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING", made[-1]
    read = org.bulk.Contact.query("SELECT Id, LastName, Birthdate, Account.Name FROM Contact WHERE LastName LIKE 'Json %'", wait=1)
    assert len(read) == 60 and read[0]["attributes"]["type"] == "Contact", read[:1]
    assert read[0]["Birthdate"] == 86_400_000 and read[0]["Account"] is None, read[0]
    changed = [{"Id": one["Id"], "Title": "Head"} for one in read]
    told = org.bulk.Contact.update(changed, include_detailed_results=True)
    assert all(one["success"] and one["Title"] == "Head" for one in told), told[0]
    gone = org.bulk.Contact.delete([{"Id": one["Id"]} for one in read])
    assert all(one["success"] for one in gone), gone[:1]
    return len(read)


def files(org):
    """A file goes up as base64 and comes down as it was."""
    content = "product,price\nTea,3.50\n".encode()
    made = org.ContentVersion.create(
        {"PathOnClient": "prices.csv", "VersionData": base64.b64encode(content).decode()}
    )["id"]
    assert org.ContentVersion.get_base64(made, "VersionData") == content
    document = org.ContentVersion.get(made)["ContentDocumentId"]
    org.ContentDocument.delete(document)
    return len(content)


org = sign_in()
report = {
    "collections": collections(org),
    "composite": composite(org),
    "queries": queries(org),
    "feeds": feeds(org),
    "layouts": layouts(org),
    "search": search(org),
    "small": small(org),
    "bulk2": bulk2(org),
    "bulk": bulk(org),
    "files": files(org),
}
print(json.dumps({"report": report}), flush=True)
