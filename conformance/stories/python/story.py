"""The story of two users, told with boto3."""

import base64
import json
import os
import urllib.parse
import urllib.request

import boto3
from botocore.exceptions import ClientError

PASSWORD = "Correct-Horse-7"
ADA_OLD, ADA_NEW, BOB_OWN = "ada@home.example", "ada@work.example", "bob@home.example"

idp = boto3.client("cognito-idp")


def check(got, want):
    if got != want:
        raise AssertionError(f"got {got!r}, want {want!r}")


def attributes(**values):
    return [{"Name": name.replace("__", ":"), "Value": value} for name, value in values.items()]


def without_metadata(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def delivery(masked):
    return {"Destination": masked, "DeliveryMedium": "EMAIL", "AttributeName": "email"}


def mailed_code(to):
    """The code in the newest message to an address."""
    url = os.environ["AWS_ENDPOINT_URL"] + "/_poolhouse/inbox.json?to=" + urllib.parse.quote(to)
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)["messages"][0]["code"]


def refused(exception, message, call, **parameters):
    """The call must end with this very exception, as the client's own type."""
    try:
        call(**parameters)
    except ClientError as error:
        check(error.response["Error"], {"Code": exception, "Message": message})
        check(error.response["ResponseMetadata"]["HTTPStatusCode"], 400)
        check(isinstance(error, getattr(idp.exceptions, exception)), True)
        return
    raise AssertionError(f"the call succeeded, want {exception}")


class Story:
    def create(self):
        pool = idp.create_user_pool(
            PoolName="story",
            AliasAttributes=["email"],
            AutoVerifiedAttributes=["email"],
            UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
            Schema=[{"Name": "team", "AttributeDataType": "String", "Mutable": True}],
        )["UserPool"]
        check(pool["AliasAttributes"], ["email"])
        check("custom:team" in [a["Name"] for a in pool["SchemaAttributes"]], True)
        client = idp.create_user_pool_client(
            UserPoolId=pool["Id"],
            ClientName="web",
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )["UserPoolClient"]
        check(client["UserPoolId"], pool["Id"])
        self.client = client["ClientId"]

    def sign_up(self, name, email, masked):
        out = idp.sign_up(
            ClientId=self.client, Username=name, Password=PASSWORD, UserAttributes=attributes(email=email)
        )
        check(out["UserConfirmed"], False)
        check(out["CodeDeliveryDetails"], delivery(masked))
        out = idp.confirm_sign_up(ClientId=self.client, Username=name, ConfirmationCode=mailed_code(email))
        check(without_metadata(out), {})

    def password_sign_in(self, name):
        return {
            "ClientId": self.client,
            "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": name, "PASSWORD": PASSWORD},
        }

    def sign_in(self, name):
        result = idp.initiate_auth(**self.password_sign_in(name))["AuthenticationResult"]
        check(sorted(result), ["AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType"])
        check((result["ExpiresIn"], result["TokenType"]), (3600, "Bearer"))
        return result["AccessToken"]

    def no_sign_in(self, name):
        refused("UserNotFoundException", "User does not exist.", idp.initiate_auth, **self.password_sign_in(name))

    def change_profile(self, access):
        out = idp.update_user_attributes(
            AccessToken=access, UserAttributes=attributes(name="Ada Lovelace", custom__team="engines")
        )
        check(without_metadata(out), {"CodeDeliveryDetailsList": []})

    def ask_for(self, access, email, masked):
        out = idp.update_user_attributes(AccessToken=access, UserAttributes=attributes(email=email))
        check(without_metadata(out), {"CodeDeliveryDetailsList": [delivery(masked)]})

    def has(self, access, **want):
        user = idp.get_user(AccessToken=access)
        got = {a["Name"]: a["Value"] for a in user["UserAttributes"]}
        for attribute in attributes(**want):
            check((attribute["Name"], got.get(attribute["Name"])), (attribute["Name"], attribute["Value"]))


def forge(token):
    """The token with a changed payload beneath the old signature."""
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    claims["username"] = "bob"
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return ".".join([header, payload, signature])


def main():
    story = Story()
    story.create()

    story.sign_up("ada", ADA_OLD, "a***@h***")
    ada = story.sign_in(ADA_OLD)
    story.change_profile(ada)
    story.has(ada, name="Ada Lovelace", custom__team="engines", email=ADA_OLD, email_verified="true")

    story.ask_for(ada, ADA_NEW, "a***@w***")
    story.has(ada, email=ADA_OLD, email_verified="true")
    story.sign_in(ADA_OLD)
    story.no_sign_in(ADA_NEW)

    verify = {"AccessToken": ada, "AttributeName": "email", "Code": mailed_code(ADA_NEW)}
    check(without_metadata(idp.verify_user_attribute(**verify)), {})
    story.has(ada, email=ADA_NEW, email_verified="true")
    story.sign_in(ADA_NEW)
    story.no_sign_in(ADA_OLD)

    story.sign_up("bob", BOB_OWN, "b***@h***")
    bob = story.sign_in("bob")
    story.ask_for(bob, ADA_NEW, "a***@w***")
    refused(
        "AliasExistsException", "An account with the given email already exists.",
        idp.verify_user_attribute, AccessToken=bob, AttributeName="email", Code=mailed_code(ADA_NEW),
    )
    story.has(bob, email=BOB_OWN, email_verified="true")

    refused(
        "NotAuthorizedException", "Could not verify signature for Access Token",
        idp.get_user, AccessToken=forge(ada),
    )


if __name__ == "__main__":
    main()
    print("boto3", boto3.__version__, "told the story")
