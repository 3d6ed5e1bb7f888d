package threat

import (
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
)

// Bounds of what a client says about itself, in bytes.
const (
	maxEncoded = 64 << 10
	maxText    = 256
)

// Device is what is known of the machine that an attempt comes from. All of it is
// the client's own word: it can only make an attempt look known to somebody who
// knows what the user's device says.
type Device struct {
	// Fingerprint tells devices apart and stays when software is updated.
	Fingerprint string
	// Name is for people, such as "Firefox, Linux".
	Name     string
	Timezone string
}

// DeviceOf returns the device that sent a request, by its User-Agent header and by
// the text that the service's own libraries make for UserContextData, either of
// which may be "". A text that cannot be read is passed over.
//
// Source for the form of the text: the libraries, from memory.
func DeviceOf(userAgent, encodedData string) Device {
	said := decode(encodedData)
	if said.UserAgent != "" {
		userAgent = said.UserAgent
	}
	d := Device{Fingerprint: unversioned(userAgent), Name: nameOf(userAgent), Timezone: cut(said.Timezone)}
	switch {
	case said.DeviceID != "":
		d.Fingerprint = "id:" + cut(said.DeviceID)
	case said.Fingerprint != "":
		d.Fingerprint = unversioned(said.Fingerprint)
	}
	if said.DeviceName != "" {
		d.Name = cut(said.DeviceName)
	}
	return d
}

// contextData is what the libraries collect.
type contextData struct {
	UserAgent   string `json:"UserAgent"`
	DeviceID    string `json:"DeviceId"`
	DeviceName  string `json:"DeviceName"`
	Fingerprint string `json:"DeviceFingerprint"`
	Timezone    string `json:"ClientTimezone"`
}

// decode reads the text: base64 of an object whose payload is itself an object, as
// text. Its signature proves nothing, since every client can make one.
func decode(text string) contextData {
	if text == "" || len(text) > maxEncoded {
		return contextData{}
	}
	var outer struct {
		Payload string `json:"payload"`
	}
	var inner struct {
		Data contextData `json:"contextData"`
	}
	plain, err := base64.StdEncoding.DecodeString(text)
	if err != nil || json.Unmarshal(plain, &outer) != nil || json.Unmarshal([]byte(outer.Payload), &inner) != nil {
		return contextData{}
	}
	return inner.Data
}

// version is a number with what belongs to it.
var version = regexp.MustCompile(`[0-9]+([._][0-9]+)*`)

// unversioned leaves out what an update of the software changes.
func unversioned(text string) string { return version.ReplaceAllString(cut(text), "#") }

// products and systems are what a User-Agent is searched for, in this order: what
// stands first is named in the texts of what stands after it.
var (
	products = [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systems = [][2]string{
		{"iPhone", "iOS"}, {"iPad", "iPadOS"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"},
		{"Mac OS X", "macOS"}, {"Linux", "Linux"},
	}
)

// nameOf returns what people call the software that sent a User-Agent.
func nameOf(userAgent string) string {
	product, system := find(userAgent, products), find(userAgent, systems)
	if product == "" {
		product, _, _ = strings.Cut(cut(userAgent), " ")
		product, _, _ = strings.Cut(product, "/")
	}
	switch {
	case product == "":
		return system
	case system == "":
		return product
	}
	return product + ", " + system
}

func find(text string, list [][2]string) string {
	for _, entry := range list {
		if strings.Contains(text, entry[0]) {
			return entry[1]
		}
	}
	return ""
}

// cut returns at most maxText bytes of a text, as valid text.
func cut(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s[:min(len(s), maxText)], ""), "\x00", "")
}
