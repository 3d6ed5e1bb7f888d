package guard

import (
	"cmp"
	"context"
	"html"
	"strings"
	"time"

	"poolhouse.dev/internal/arn"
	"poolhouse.dev/internal/caller"
	"poolhouse.dev/internal/notify"
	"poolhouse.dev/internal/outbox"
	"poolhouse.dev/internal/pool"
	"poolhouse.dev/internal/store"
	"poolhouse.dev/internal/trigger"
	"poolhouse.dev/internal/user"
)

// noticeLife is how long a notice is worth sending.
const noticeLife = 24 * time.Hour

// Notify tells a user of a risky attempt, by e-mail to a verified address, when the
// verdict says so. The message leaves behind the request; what goes wrong is logged.
// eventID is what Record returned.
//
// Source: NotifyConfigurationType in the API reference.
func (g *Guard) Notify(ctx context.Context, p *pool.Pool, id pool.ClientID, u *user.User, v Verdict, eventID string) {
	to := u.Attributes.Get(pool.AttrEmail)
	if g == nil || !v.Response.Notify || eventID == "" || to == "" || u.Attributes.Get(pool.AttrEmailVerified) != "true" {
		return
	}
	pending, err := g.enqueue(ctx, p, id, u, v, eventID, to)
	if err != nil {
		g.Logger.Warn("a user is not told of a risky sign-in", "pool", p.ID, "event", eventID, "error", err)
		return
	}
	g.Outbox.DeliverBehind(ctx, pending)
}

func (g *Guard) enqueue(ctx context.Context, p *pool.Pool, id pool.ClientID, u *user.User, v Verdict, eventID, to string) (*outbox.Pending, error) {
	words, err := g.words(p, u, v, eventID)
	if err != nil {
		return nil, err
	}
	m := compose(p, v, words)
	m.To = to
	if m.Sender = trigger.SenderOf(trigger.Occasion{Pool: p, ClientID: id}, caller.From(ctx).UserAgent, u, notify.Email, pool.AttrEmail, to); m.Sender != nil {
		for name, value := range words.told(v.Response.Action) {
			m.Sender.Attributes[name] = value
		}
	}
	set := store.NewChangeSet()
	row := &user.Outgoing{PoolID: p.ID, Sub: u.Sub, Purpose: user.PurposeNotice, ExpiresAt: g.Now().Add(noticeLife)}
	pending, err := g.Outbox.Enqueue(set, row, m)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTime)
	defer cancel()
	return pending, g.Store.Commit(ctx, set)
}

// words are what takes the places of a template.
type words struct {
	username, ip, city, country, time, device, eventID string
	valid, invalid, token                              string
}

func (g *Guard) words(p *pool.Pool, u *user.User, v Verdict, eventID string) (words, error) {
	c := v.context()
	w := words{
		username: u.Username, ip: c.IP, city: c.City, country: c.Country, device: c.DeviceName, eventID: eventID,
		time: v.at.UTC().Format("2 January 2006 15:04:05 UTC"),
	}
	f := Feedback{PoolID: p.ID, Sub: u.Sub, EventID: eventID, ExpiresAt: v.at.Add(FeedbackLife)}
	var err error
	if w.valid, err = g.link(f, user.FeedbackValid); err != nil {
		return w, err
	}
	if w.invalid, err = g.link(f, user.FeedbackInvalid); err != nil {
		return w, err
	}
	w.token, err = f.Token(g.Vault)
	return w, err
}

// fill puts the words into a template; what is not known is called so. write makes a
// value fit for the template.
//
// Source: "Message templates" in the developer guide, for the placeholders.
func (w words) fill(template string, write func(string) string) string {
	known := func(s string) string { return write(cmp.Or(s, "unknown")) }
	return strings.NewReplacer(
		"{username}", known(w.username), "{ip-address}", known(w.ip), "{city}", known(w.city), "{country}", known(w.country),
		"{login-time}", known(w.time), "{device-name}", known(w.device), "{event-id}", known(w.eventID), "{feedback-token}", known(w.token),
		"{one-click-link-valid}", known(w.valid), "{one-click-link-invalid}", known(w.invalid),
	).Replace(template)
}

// told is what a pool's own sender is told of the event, beside the user's attributes.
//
// Source: the public type definitions of the event.
func (w words) told(action string) map[string]string {
	all := map[string]string{
		"EVENT_ID": w.eventID, "USER_NAME": w.username, "IP_ADDRESS": w.ip, "ACCOUNT_TAKE_OVER_ACTION": action,
		"ONE_CLICK_LINK_VALID": w.valid, "ONE_CLICK_LINK_INVALID": w.invalid, "LOGIN_TIME": w.time, "FEEDBACK_TOKEN": w.token,
	}
	for name, value := range map[string]string{"CITY": w.city, "COUNTRY": w.country, "DEVICE_NAME": w.device} {
		if value != "" {
			all[name] = value
		}
	}
	return all
}

// compose writes the notice: in the words of the pool's template for what was done, or
// in poolhouse's own; from the configured identity, or else as the pool sends.
func compose(p *pool.Pool, v Verdict, w words) notify.Message {
	m := notify.Message{Medium: notify.Email, PoolID: string(p.ID), Kind: notify.AccountTakeOver, Attribute: pool.AttrEmail}
	email := &p.Settings.Email
	m.From, m.ReplyTo = email.From, email.ReplyTo
	m.Via = notify.Via{
		Region: cmp.Or(arn.Region(email.SourceARN), p.Region), OwnIdentity: email.Account == pool.SenderDeveloper,
		IdentityARN: email.SourceARN, ConfigurationSet: email.ConfigurationSet,
	}
	var chosen *pool.RiskNotice
	if n := v.notices; n != nil {
		m.From, m.ReplyTo = cmp.Or(n.From, m.From), cmp.Or(n.ReplyTo, m.ReplyTo)
		m.Via.Region, m.Via.OwnIdentity, m.Via.IdentityARN = cmp.Or(arn.Region(n.SourceARN), p.Region), true, n.SourceARN
		chosen = map[string]*pool.RiskNotice{
			pool.RiskBlock: n.Block, pool.RiskNoAction: n.NoAction, pool.RiskMFAIfConfigured: n.MFA, pool.RiskMFARequired: n.MFA,
		}[v.Response.Action]
	}
	own := ownNotice(v.Response.Action)
	if chosen == nil {
		chosen = own
	}
	m.Subject = cmp.Or(chosen.Subject, own.Subject)
	switch {
	case chosen.HTML != "":
		m.Body = w.fill(chosen.HTML, html.EscapeString)
	case chosen.Text != "":
		m.Body = strings.ReplaceAll(html.EscapeString(w.fill(chosen.Text, func(s string) string { return s })), "\n", "<br>\n")
	default:
		m.Body = w.fill(own.HTML, html.EscapeString)
	}
	return m
}

// ownNotice is poolhouse's own text for what was done.
func ownNotice(action string) *pool.RiskNotice {
	subject, said := "New sign-in to your account", "Somebody signed in to the account {username} in a way that is new."
	switch action {
	case pool.RiskBlock:
		subject, said = "A sign-in to your account was blocked", "A sign-in to the account {username} was blocked: it looked as if it was not yours."
	case pool.RiskMFAIfConfigured, pool.RiskMFARequired:
		said = "Somebody gave the password of the account {username} in a way that is new, and was asked for a second factor where there is one."
	}
	return &pool.RiskNotice{Subject: subject, HTML: "<p>" + said + "</p>" +
		"<p>Time: {login-time}<br>Address: {ip-address}<br>Device: {device-name}<br>Place: {city}, {country}</p>" +
		`<p><a href="{one-click-link-valid}">This was me</a></p>` +
		`<p><a href="{one-click-link-invalid}">This was not me</a>; then also change your password.</p>`}
}
