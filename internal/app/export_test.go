package app

import "net/http"

// NewDriver makes the way that messages leave; see newDriver.
var NewDriver = newDriver

// NewPolicy makes the rules of outgoing connections; see newPolicy.
var NewPolicy = newPolicy

// SourceIP tells where a request comes from; see sourceIP.
var SourceIP = sourceIP

// Handler is what the main listener answers with.
func (s *Server) Handler() http.Handler { return s.server.Handler }

// TuneMemory sets the collector as a server that has the process to itself does.
var TuneMemory = tuneMemory
