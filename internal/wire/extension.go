package wire

// AdminGetUserExtension is what poolhouse adds to the answer of AdminGetUser, where
// it is asked for. Clients of the service pass over it.
type AdminGetUserExtension struct {
	// PendingAttributes are values that wait for their proof.
	PendingAttributes []PendingAttribute `json:"PendingAttributes"`
}

// PendingAttribute is a value that is not the user's yet.
type PendingAttribute struct {
	Name  string `json:"Name"`
	Value string `json:"Value"`
	// ExpiresAt is when it stops waiting, in seconds since 1970.
	ExpiresAt Timestamp `json:"ExpiresAt"`
}
