// Package webacl judges requests by web access control lists, which an
// administrator writes for user pools as AWS WAF's are written: rules with IP
// sets, request rates, and matches of headers, paths, queries and bodies. It owns
// the file, what it may say, and the judgement. What a blocked caller is told, and
// which requests are judged at all, is for its users to decide.
//
// What WAF has and this package has not is refused when the file is read, and never
// passed over. Package coraza, below, adds rules in the language of ModSecurity.
//
// Start with [Load]; document.go is the form of the file.
package webacl
