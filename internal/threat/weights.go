package threat

import "time"

// Past is how many of a user's last events the rules look at.
const Past = 50

// Weights of what the rules find.
const (
	// weightDevice: people get new devices and clear their browsers; thieves never
	// have the old one.
	weightDevice = 2
	// weightNetwork: phones change networks all day long, so that it means nothing by
	// itself.
	weightNetwork = 1
	// weightCountry and weightCity: people travel, though seldom to another country
	// and seldom with another device. Only one of them counts.
	weightCountry = 2
	weightCity    = 1
	// weightTravel: nobody was in two places; it may have been a VPN all the same.
	weightTravel = 4
	// weightFailures and weightManyFailures: some people mistype their password a few
	// times, a machine does so often. Only one of them counts.
	weightFailures     = 1
	weightManyFailures = 3
)

// The sums from which on a level of risk is reached. A known device on a new network
// is no risk, a new device alone is a low one, a new device in another city a medium
// one, and it takes a new device and a journey that is not possible, or as much, for
// a high one.
const (
	sumLow    = 2
	sumMedium = 4
	sumHigh   = 6
)

// Thresholds of the rules.
const (
	// fewFailures and manyFailures are how many attempts have failed just before.
	fewFailures  = 3
	manyFailures = 10
	// failureWindow is how long a failed attempt counts.
	failureWindow = time.Hour
	// maxSpeed is that of an airliner, in kilometres an hour.
	maxSpeed = 900.0
	// minDistance is how far places have to be apart, in kilometres, before a speed
	// means something: where an address is, is known no better than that.
	minDistance = 200.0
	// networkBits4 and networkBits6 are how much of an address names its network.
	networkBits4 = 24
	networkBits6 = 48
	// settling is how long a risky sign-in that passed without a second factor is not
	// yet taken for the user's own.
	settling = 24 * time.Hour
	// maxNotices and noticeWindow bound the notices that one user gets.
	maxNotices   = 5
	noticeWindow = time.Hour
)
