package app

// SourceIP tells where a request comes from; see sourceIP.
var SourceIP = sourceIP
