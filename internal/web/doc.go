// Package web has the pages that people open from their mail. A page that would
// change something shows a button first: what merely follows a link, as mail
// scanners do, changes nothing. It translates between HTTP and the operations and
// decides nothing.
//
// The pages need no script and no cookie: whoever has the link may press the
// button, and nobody else learns anything from them.
//
// Start with [New]; page.html is how every page looks.
package web
