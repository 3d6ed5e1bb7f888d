#!/usr/bin/env bash
# The story of two users, told with the AWS command line.
set -euo pipefail
shopt -s inherit_errexit

password=Correct-Horse-7
ada_old=ada@home.example
ada_new=ada@work.example
bob_own=bob@home.example

fail() {
  echo "line ${BASH_LINENO[1]}: $*" >&2
  exit 1
}

idp() { aws cognito-idp "$@"; }

check() { # got want
  [[ $1 == "$2" ]] || fail "got '$1', want '$2'"
}

# The code in the newest message to an address.
mailed_code() { # address
  local inbox
  inbox=$(curl -sSfG "$AWS_ENDPOINT_URL/_poolhouse/inbox.json" --data-urlencode "to=$1")
  [[ $inbox =~ \"code\":\"([0-9]+)\" ]] || fail "no code was mailed to $1: $inbox"
  echo "${BASH_REMATCH[1]}"
}

# The command must fail with this very exception.
refused() { # exception operation message command...
  local exception=$1 operation=$2 message=$3 said
  shift 3
  if said=$("$@" 2>&1); then
    fail "the call succeeded, want $exception: $said"
  fi
  # The command line puts an empty line, and newer ones a prefix, before it.
  said=${said##*$'\n'}
  check "${said#aws: [ERROR]: }" "An error occurred ($exception) when calling the $operation operation: $message"
}

create_client() {
  local pool
  pool=$(idp create-user-pool --pool-name story --alias-attributes email --auto-verified-attributes email \
    --user-attribute-update-settings AttributesRequireVerificationBeforeUpdate=email \
    --schema Name=team,AttributeDataType=String,Mutable=true \
    --query UserPool.Id --output text)
  idp create-user-pool-client --user-pool-id "$pool" --client-name web \
    --explicit-auth-flows ALLOW_USER_PASSWORD_AUTH ALLOW_REFRESH_TOKEN_AUTH \
    --query UserPoolClient.ClientId --output text
}

sign_up() { # name address masked
  check "$(idp sign-up --client-id "$client" --username "$1" --password "$password" \
    --user-attributes "Name=email,Value=$2" --output text \
    --query '[UserConfirmed,CodeDeliveryDetails.[Destination,DeliveryMedium,AttributeName]][]')" \
    $'False\t'"$3"$'\tEMAIL\temail'
  local code
  code=$(mailed_code "$2")
  idp confirm-sign-up --client-id "$client" --username "$1" --confirmation-code "$code"
}

password_sign_in() { # name
  idp initiate-auth --client-id "$client" --auth-flow USER_PASSWORD_AUTH \
    --auth-parameters "USERNAME=$1,PASSWORD=$password" \
    --query 'AuthenticationResult.[TokenType,ExpiresIn,AccessToken]' --output text
}

# Prints the access token.
sign_in() { # name
  local type life access
  read -r type life access < <(password_sign_in "$1")
  check "$type $life" 'Bearer 3600'
  echo "$access"
}

no_sign_in() { # name
  refused UserNotFoundException InitiateAuth 'User does not exist.' password_sign_in "$1"
}

ask_for() { # token address masked
  check "$(idp update-user-attributes --access-token "$1" --user-attributes "Name=email,Value=$2" --output text \
    --query 'CodeDeliveryDetailsList[].[Destination,DeliveryMedium,AttributeName]')" "$3"$'\tEMAIL\temail'
}

has() { # token name value...
  local token=$1 user
  shift
  user=$(idp get-user --access-token "$token" --query 'UserAttributes[].[Name,Value]' --output text)
  while (($#)); do
    grep -qxF "$1"$'\t'"$2" <<<"$user" || fail "$1 is not $2: $user"
    shift 2
  done
}

# The token with a changed payload beneath the old signature.
forge() { # token
  local header payload signature
  IFS=. read -r header payload signature <<<"$1"
  payload=$(tr '_-' '/+' <<<"$payload")
  while ((${#payload} % 4)); do payload+='='; done
  payload=$(base64 -d <<<"$payload" | sed 's/"username":"ada"/"username":"bob"/' | base64 -w0 | tr '/+' '_-' | tr -d '=')
  echo "$header.$payload.$signature"
}

client=$(create_client)

sign_up ada "$ada_old" 'a***@h***'
ada=$(sign_in "$ada_old")
check "$(idp update-user-attributes --access-token "$ada" --output json --query CodeDeliveryDetailsList \
  --user-attributes 'Name=name,Value=Ada Lovelace' 'Name=custom:team,Value=engines')" '[]'
has "$ada" name 'Ada Lovelace' custom:team engines email "$ada_old" email_verified true

ask_for "$ada" "$ada_new" 'a***@w***'
has "$ada" email "$ada_old" email_verified true
sign_in "$ada_old" >/dev/null
no_sign_in "$ada_new"

idp verify-user-attribute --access-token "$ada" --attribute-name email --code "$(mailed_code "$ada_new")"
has "$ada" email "$ada_new" email_verified true
sign_in "$ada_new" >/dev/null
no_sign_in "$ada_old"

sign_up bob "$bob_own" 'b***@h***'
bob=$(sign_in bob)
ask_for "$bob" "$ada_new" 'a***@w***'
refused AliasExistsException VerifyUserAttribute 'An account with the given email already exists.' \
  idp verify-user-attribute --access-token "$bob" --attribute-name email --code "$(mailed_code "$ada_new")"
has "$bob" email "$bob_own" email_verified true

forged=$(forge "$ada")
[[ $forged != "$ada" ]] || fail 'the token was not changed'
refused NotAuthorizedException GetUser 'Could not verify signature for Access Token' \
  idp get-user --access-token "$forged"

echo "$(aws --version) told the story"
