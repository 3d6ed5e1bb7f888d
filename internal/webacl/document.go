package webacl

import "github.com/go-json-experiment/json/jsontext"

// document is the file. Its names and shapes are those of AWS WAF's API (wafv2),
// so that the rules of a web ACL can be moved over as they are. Members that
// describe and decide nothing are taken and not looked at.
type document struct {
	IPSets  []ipSet  `json:"IPSets"`
	WebACLs []webACL `json:"WebACLs"`
}

type ipSet struct {
	Name             string         `json:"Name"`
	ARN              string         `json:"ARN"`
	Addresses        []string       `json:"Addresses"`
	ID               jsontext.Value `json:"Id"`
	Description      jsontext.Value `json:"Description"`
	IPAddressVersion jsontext.Value `json:"IPAddressVersion"`
}

type webACL struct {
	Name string `json:"Name"`
	// UserPools are ids or ARNs, or "*" for every pool that no other web ACL names.
	UserPools            []string                `json:"UserPools"`
	DefaultAction        action                  `json:"DefaultAction"`
	CustomResponseBodies map[string]responseBody `json:"CustomResponseBodies"`
	Rules                []rule                  `json:"Rules"`
	// Coraza, if there, has more rules, which judge what no rule above has ended.
	Coraza *corazaRules `json:"Coraza"`

	ID               jsontext.Value `json:"Id"`
	ARN              jsontext.Value `json:"ARN"`
	Description      jsontext.Value `json:"Description"`
	VisibilityConfig jsontext.Value `json:"VisibilityConfig"`
	Capacity         jsontext.Value `json:"Capacity"`
	LabelNamespace   jsontext.Value `json:"LabelNamespace"`
	ManagedBy        jsontext.Value `json:"ManagedByFirewallManager"`
}

type corazaRules struct {
	DirectivesFile string `json:"DirectivesFile"`
}

type responseBody struct {
	ContentType string `json:"ContentType"`
	Content     string `json:"Content"`
}

// action is one of its members.
type action struct {
	Allow   *struct{} `json:"Allow"`
	Block   *block    `json:"Block"`
	Count   *struct{} `json:"Count"`
	Captcha *struct{} `json:"Captcha"`
}

type block struct {
	CustomResponse *customResponse `json:"CustomResponse"`
}

type customResponse struct {
	ResponseCode          int    `json:"ResponseCode"`
	CustomResponseBodyKey string `json:"CustomResponseBodyKey"`
}

type rule struct {
	Name             string         `json:"Name"`
	Priority         *int           `json:"Priority"`
	Action           action         `json:"Action"`
	Statement        statement      `json:"Statement"`
	VisibilityConfig jsontext.Value `json:"VisibilityConfig"`
}

// statement is one of its members.
type statement struct {
	IPSetReference *ipSetReference `json:"IPSetReferenceStatement"`
	RateBased      *rateBased      `json:"RateBasedStatement"`
	ByteMatch      *byteMatch      `json:"ByteMatchStatement"`
	RegexMatch     *regexMatch     `json:"RegexMatchStatement"`
	SizeConstraint *sizeConstraint `json:"SizeConstraintStatement"`
	And            *statements     `json:"AndStatement"`
	Or             *statements     `json:"OrStatement"`
	Not            *negation       `json:"NotStatement"`
}

type statements struct {
	Statements []statement `json:"Statements"`
}

type negation struct {
	Statement statement `json:"Statement"`
}

// ipSetReference names an IP set of the file by its ARN or its name.
type ipSetReference struct {
	ARN string `json:"ARN"`
}

type rateBased struct {
	Limit               int        `json:"Limit"`
	EvaluationWindowSec int        `json:"EvaluationWindowSec"`
	AggregateKeyType    string     `json:"AggregateKeyType"`
	ScopeDownStatement  *statement `json:"ScopeDownStatement"`
}

// byteMatch has its SearchString as plain text, as WAF's console shows it; the
// API has it in base64.
type byteMatch struct {
	SearchString         string           `json:"SearchString"`
	FieldToMatch         fieldToMatch     `json:"FieldToMatch"`
	TextTransformations  []transformation `json:"TextTransformations"`
	PositionalConstraint string           `json:"PositionalConstraint"`
}

type regexMatch struct {
	RegexString         string           `json:"RegexString"`
	FieldToMatch        fieldToMatch     `json:"FieldToMatch"`
	TextTransformations []transformation `json:"TextTransformations"`
}

type sizeConstraint struct {
	FieldToMatch        fieldToMatch     `json:"FieldToMatch"`
	ComparisonOperator  string           `json:"ComparisonOperator"`
	Size                int              `json:"Size"`
	TextTransformations []transformation `json:"TextTransformations"`
}

// fieldToMatch is one of its members.
type fieldToMatch struct {
	SingleHeader *singleHeader `json:"SingleHeader"`
	UriPath      *struct{}     `json:"UriPath"`
	QueryString  *struct{}     `json:"QueryString"`
	Method       *struct{}     `json:"Method"`
	Body         *body         `json:"Body"`
}

type singleHeader struct {
	Name string `json:"Name"`
}

// body is looked at whole, so that nothing is oversize.
type body struct {
	OversizeHandling jsontext.Value `json:"OversizeHandling"`
}

type transformation struct {
	Priority int    `json:"Priority"`
	Type     string `json:"Type"`
}
