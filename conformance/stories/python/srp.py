"""Sign-in without sending the password, by pycognito."""

import os

import boto3
from pycognito import Cognito
from pycognito.exceptions import ForceChangePasswordException

PASSWORD = "Correct-Horse-7"
TEMPORARY = "Temporary-Horse-7"

idp = boto3.client("cognito-idp")
pool = idp.create_user_pool(PoolName="srp")["UserPool"]["Id"]
clients = {
    secret: idp.create_user_pool_client(UserPoolId=pool, ClientName="app", GenerateSecret=secret)["UserPoolClient"]
    for secret in (False, True)
}


def add_user(name, own):
    idp.admin_create_user(
        UserPoolId=pool, Username=name, TemporaryPassword=TEMPORARY, MessageAction="SUPPRESS"
    )
    if own:
        idp.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)


def user(name, secret=False):
    client = clients[secret]
    return Cognito(
        pool,
        client["ClientId"],
        username=name,
        client_secret=client.get("ClientSecret"),
        boto3_client_kwargs={"endpoint_url": os.environ["AWS_ENDPOINT_URL"]},
    )


add_user("ada", own=True)
add_user("bob", own=False)

# The library fetches the keys of tokens from AWS, which is not where they are; what
# it checks besides is the business of its own tests.
Cognito.verify_token = lambda self, token, id_name, token_use: setattr(self, id_name, token)

for secret in clients:
    ada = user("ada", secret)
    ada.authenticate(password=PASSWORD)
    ada.update_profile({"name": "Ada"})
    assert ada.get_user().name == "Ada"
    ada.renew_access_token()

for password in ("Wrong-Horse-7", "ünï-Horse-7"):
    try:
        user("ada").authenticate(password=password)
    except idp.exceptions.NotAuthorizedException as refused:
        assert refused.response["Error"]["Message"] == "Incorrect username or password."
    else:
        raise AssertionError("a wrong password signs in")

bob = user("bob")
try:
    bob.authenticate(password=TEMPORARY)
except ForceChangePasswordException:
    bob.new_password_challenge(TEMPORARY, PASSWORD)
else:
    raise AssertionError("a temporary password signs in")
bob.authenticate(password=PASSWORD)
print("pycognito signs in")
