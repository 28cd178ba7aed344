"""simple-salesforce, unmodified, as a judge of the practice org over https: sign-in, paging, describe, writes, errors."""

import json
import sys

import requests
from simple_salesforce import Salesforce, SalesforceLogin
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

order = json.loads(sys.stdin.readline())


def fails(kind, call, code):
    """Calls and expects an exception of simple-salesforce with the code of Salesforce; gives its text."""
    try:
        call()
    except kind as error:
        assert error.content[0]["errorCode"] == code, error.content
        return error.content[0]["message"]
    raise AssertionError(f"{code} was expected")


def sign_in():
    """By the tokens of an OAuth flow, or by the SOAP login."""
    if "session_id" in order:
        return Salesforce(session_id=order["session_id"], instance_url=order["instance_url"], version="66.0")
    secrets = dict(username=order["username"], security_token="", scratch_url=order["instance_url"])
    try:
        SalesforceLogin(password="wrong", **secrets)
        raise AssertionError("a wrong password was accepted")
    except SalesforceAuthenticationFailed as error:
        assert error.code == "INVALID_LOGIN", error
    session_id, instance = SalesforceLogin(password=order["password"], **secrets)
    return Salesforce(session_id=session_id, instance=instance)


def paging(org):
    """Reads all contacts in pages of 200, by hand and by the client's own loops."""
    options = {"Sforce-Query-Options": "batchSize=200"}
    count = org.query("SELECT COUNT() FROM Contact")["totalSize"]
    assert count > 200, count
    soql = "SELECT Id, Name, Account.Name FROM Contact ORDER BY Id"
    page = org.query(soql, headers=options)
    assert (page["totalSize"], page["done"], len(page["records"])) == (count, False, 200), page["totalSize"]
    ids, pages = [row["Id"] for row in page["records"]], 1
    while not page["done"]:
        page = org.query_more(page["nextRecordsUrl"], identifier_is_url=True, headers=options)
        ids += [row["Id"] for row in page["records"]]
        pages += 1
    assert "nextRecordsUrl" not in page
    assert len(ids) == len(set(ids)) == count, (len(ids), count)
    assert pages == -(-count // 200), pages
    assert [row["Id"] for row in org.query_all(soql, headers=options)["records"]] == ids
    assert [row["Id"] for row in org.query_all_iter(soql, headers=options)] == ids
    return {"count": count, "pages": pages}


def describe(org):
    """The list of objects, and one object each of the standard and the custom kind."""
    names = [one["name"] for one in org.describe()["sobjects"]]
    assert {"Account", "Contact", "Opportunity", "Case", "Invoice__c"} <= set(names)
    account = org.Account.describe()
    assert account["keyPrefix"] == "001"
    industry = next(field for field in account["fields"] if field["name"] == "Industry")
    assert industry["type"] == "picklist"
    assert "Banking" in [value["value"] for value in industry["picklistValues"]]
    number = next(field for field in org.Invoice__c.describe()["fields"] if field["name"] == "Invoice_Number__c")
    assert number["externalId"] and number["idLookup"] and number["unique"]
    assert org.Account.metadata()["objectDescribe"]["name"] == "Account"
    return {"objects": len(names), "account_fields": len(account["fields"])}


def one_record(org):
    """Created, read, changed, found, deleted."""
    made = org.Account.create({"Name": "Simple & Söhne", "Industry": "Banking", "AnnualRevenue": 1234567})
    assert made["success"] is True and made["id"].startswith("001") and len(made["id"]) == 18, made
    read = org.Account.get(made["id"])
    assert (read["Name"], read["AnnualRevenue"], read["attributes"]["type"]) == ("Simple & Söhne", 1234567, "Account")
    assert org.Account.update(made["id"], {"Phone": "+49 30 1", "Industry": None}) == 204
    row = org.query(f"SELECT Phone, Industry FROM Account WHERE Id = '{made['id']}'")["records"][0]
    assert (row["Phone"], row["Industry"]) == ("+49 30 1", None), row
    found = org.quick_search("Simple")["searchRecords"]
    assert made["id"] in [one["Id"] for one in found], found
    assert org.Account.delete(made["id"]) == 204
    fails(SalesforceResourceNotFound, lambda: org.Account.get(made["id"]), "NOT_FOUND")
    return made["id"]


def upsert(org):
    """By external id: 201 makes, 200 or 204 changes."""
    path = f"Invoice_Number__c/{order['invoice_number']}"
    assert org.Invoice__c.upsert(path, {"Amount__c": 100.5}) == 201
    assert org.Invoice__c.upsert(path, {"Amount__c": 200.25}) in (200, 204)
    invoice = org.Invoice__c.get_by_custom_id("Invoice_Number__c", order["invoice_number"])
    assert invoice["Amount__c"] == 200.25, invoice
    assert org.Invoice__c.delete(invoice["Id"]) == 204
    return invoice["Id"]


def errors(org):
    """The shapes that the client makes its exceptions of."""
    seen = {
        "unknown field in a query": fails(
            SalesforceMalformedRequest, lambda: org.query("SELECT Nmae FROM Account"), "INVALID_FIELD"
        ),
        "unknown field in a write": fails(
            SalesforceMalformedRequest, lambda: org.Account.create({"Name": "x", "Nmae": "y"}), "INVALID_FIELD"
        ),
        "missing field": fails(
            SalesforceMalformedRequest, lambda: org.Account.create({"Phone": "1"}), "REQUIRED_FIELD_MISSING"
        ),
        "unknown object": fails(SalesforceResourceNotFound, lambda: org.Nothing__c.describe(), "NOT_FOUND"),
    }
    assert "Nmae" in seen["unknown field in a query"] and "Nmae" in seen["unknown field in a write"], seen
    stranger = Salesforce(session_id="00Dxx!wrong", instance_url=order["instance_url"])
    fails(SalesforceExpiredSession, lambda: stranger.query("SELECT Id FROM Account"), "INVALID_SESSION_ID")
    return seen


org = sign_in()
report = {
    "paging": paging(org),
    "describe": describe(org),
    "record": one_record(org),
    "upsert": upsert(org),
    "errors": errors(org),
    "limits": org.limits()["DailyApiRequests"]["Max"],
    "usage": org.api_usage["api-usage"].used,
    "trusted": requests.certs.where() is not None,
}
print(json.dumps({"report": report}), flush=True)
