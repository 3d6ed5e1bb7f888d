package passkey

import "encoding/hex"

// models are the names of the most common authenticators that tell who they are,
// by their AAGUID.
var models = map[string]string{
	"fbfc3007154e4ecc8c0b6e020557d7bd": "iCloud Keychain",
	"ea9b8d664d011d213ce4b6b48cb575d4": "Google Password Manager",
	"adce000235bcc60a648b0b25f1f05503": "Chrome on Mac",
	"08987058cadc4b81b6e130de50dcbe96": "Windows Hello",
	"9ddd1817af5a4672a2b93e3dd95000a9": "Windows Hello",
	"6028b017b1d44c02b4b3afcdafc96bb2": "Windows Hello",
	"bada5566a7aa401fbd9645619a55120d": "1Password",
	"d548826e79b4db40a3d811116f7e8349": "Bitwarden",
	"531126d6e717415c93203d9aa6981239": "Dashlane",
}

// FriendlyName is what to call a passkey in a list, by the AAGUID of its
// authenticator when that is a well-known one, or else by where it is.
func FriendlyName(aaguid []byte, attachment string) string {
	if name, ok := models[hex.EncodeToString(aaguid)]; ok {
		return name
	}
	switch attachment {
	case Platform:
		return "Passkey on a device"
	case CrossPlatform:
		return "Security key"
	}
	return "Passkey"
}
