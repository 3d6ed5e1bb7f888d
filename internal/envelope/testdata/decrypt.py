"""Decrypts messages with AWS's own library: JSON lines with "message", in
base64, on standard input; a JSON line with "plain" and "context" for each on
standard output. The key, in base64, and its name are the arguments."""

import base64
import json
import sys
import warnings

warnings.simplefilter("ignore")

import aws_encryption_sdk
from aws_encryption_sdk.identifiers import CommitmentPolicy, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKey

key = RawMasterKey(
    provider_id="poolhouse",
    key_id=sys.argv[2],
    wrapping_key=WrappingKey(
        wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
        wrapping_key=base64.b64decode(sys.argv[1]),
        wrapping_key_type=EncryptionKeyType.SYMMETRIC,
    ),
)
# The policy of the decrypting functions in AWS's documentation.
client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
for line in sys.stdin:
    source = base64.b64decode(json.loads(line)["message"])
    plain, header = client.decrypt(source=source, key_provider=key)
    print(json.dumps({"plain": plain.decode(), "context": dict(header.encryption_context)}), flush=True)
