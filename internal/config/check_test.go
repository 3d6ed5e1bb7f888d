package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"poolhouse.dev/internal/config"
)

const leak = "hunter2hunter2hunter2"

// Each bad value is refused by an error that begins with its setting's name,
// says what to do and shows no secret.
func TestBadValuesNameTheirSetting(t *testing.T) {
	smtp := []string{"--smtp-host=mx.example.com", "--smtp-from=a@example.com"}
	empty := write(t, "empty", "\n")
	pem := write(t, "x.pem", "x")
	tests := map[string]struct {
		args []string
		env  map[string]string
		want string // the setting
	}{
		"listen without port":        {args: []string{"serve", "--listen=localhost"}, want: "--listen"},
		"listen port too high":       {args: []string{"serve", "--listen=:70000"}, want: "--listen"},
		"listen port by name":        {args: []string{"serve", "--listen=:http"}, want: "--listen"},
		"listen port with sign":      {args: []string{"serve", "--listen=:+80"}, want: "--listen"},
		"listen a URL":               {args: []string{"serve", "--listen=http://x:80"}, want: "--listen"},
		"listen empty":               {args: []string{"serve", "--listen="}, want: "--listen"},
		"dev beyond loopback":        {args: []string{"dev", "--listen=0.0.0.0:7665"}, want: "--listen"},
		"dev on all addresses":       {args: []string{"dev", "--listen=:7665"}, want: "--listen"},
		"dev on a name":              {args: []string{"dev", "--listen=example.com:7665"}, want: "--listen"},
		"admin-listen form":          {args: []string{"serve", "--admin-listen=9090"}, want: "--admin-listen"},
		"admin-listen beyond":        {args: []string{"serve", "--admin-listen=0.0.0.0:9090"}, want: "--admin-listen"},
		"admin-listen same":          {args: []string{"serve", "--admin-listen=127.0.0.1:7665"}, want: "--admin-listen"},
		"public-url scheme":          {args: []string{"serve", "--public-url=ftp://x"}, want: "--public-url"},
		"public-url bare":            {args: []string{"serve", "--public-url=login.example.com"}, want: "--public-url"},
		"public-url path":            {args: []string{"serve", "--public-url=https://x/y"}, want: "--public-url"},
		"public-url query":           {args: []string{"serve", "--public-url=https://x?y"}, want: "--public-url"},
		"public-url empty query":     {args: []string{"serve", "--public-url=https://x?"}, want: "--public-url"},
		"public-url fragment":        {args: []string{"serve", "--public-url=https://x#y"}, want: "--public-url"},
		"public-url user":            {args: []string{"serve", "--public-url=https://a:" + leak + "@x"}, want: "--public-url"},
		"public-url port":            {args: []string{"serve", "--public-url=https://x:99999"}, want: "--public-url"},
		"proxy an address":           {args: []string{"serve", "--trusted-proxies=10.0.0.7"}, want: "--trusted-proxies"},
		"proxy a name":               {args: []string{"serve", "--trusted-proxies=proxy"}, want: "--trusted-proxies"},
		"proxy host bits":            {args: []string{"serve", "--trusted-proxies=10.0.0.7/8"}, want: "--trusted-proxies"},
		"certificate alone":          {args: []string{"serve", "--tls-cert=" + pem}, want: "--tls-key"},
		"key alone":                  {args: []string{"serve", "--tls-key=" + pem}, want: "--tls-cert"},
		"certificate missing":        {args: []string{"serve", "--tls-cert=/nonexistent/c", "--tls-key=" + pem}, want: "--tls-cert"},
		"no breached passwords":      {args: []string{"serve", "--breached-passwords=/nonexistent/p"}, want: "--breached-passwords"},
		"breached passwords, folder": {args: []string{"serve", "--breached-passwords=/"}, want: "--breached-passwords"},
		"key a folder":               {args: []string{"serve", "--tls-cert=" + pem, "--tls-key=/"}, want: "--tls-key"},
		"data empty":                 {args: []string{"serve", "--data="}, want: "--data"},
		"two master keys":            {args: []string{"serve", "--key-file=k"}, env: map[string]string{"POOLHOUSE_MASTER_KEY": leak}, want: "--key-file"},
		"database scheme":            {args: []string{"serve", "--database=mysql://u:" + leak + "@h/d"}, want: "--database"},
		"database other spelling":    {args: []string{"serve", "--database=postgresql://u:" + leak + "@h/d"}, want: "--database"},
		"database keywords":          {args: []string{"serve", "--database=host=h password=" + leak}, want: "--database"},
		"database without host":      {args: []string{"serve", "--database=postgres:///d"}, want: "--database"},
		"database unescaped slash":   {args: []string{"serve", "--database=postgres://u:1/" + leak + "@h/d"}, want: "--database"},
		"database unescaped hash":    {args: []string{"serve", "--database=postgres://u:1#" + leak + "@h/d"}, want: "--database"},
		"database from variable":     {args: []string{"serve"}, env: map[string]string{"POOLHOUSE_DATABASE": "x://u:" + leak + "@h/d"}, want: "--database"},
		"durability without":         {args: []string{"serve", "--database-unsafe-durability"}, want: "--database-unsafe-durability"},
		"durability not a boolean":   {args: []string{"serve", "--database-unsafe-durability=maybe"}, want: "--database-unsafe-durability"},
		"region form":                {args: []string{"serve", "--region=useast1"}, want: "--region"},
		"region any in serve":        {args: []string{"serve", "--region=any"}, want: "--region"},
		"region any with another":    {args: []string{"dev", "--region=any,us-east-1"}, want: "--region"},
		"region twice":               {args: []string{"serve", "--region=us-east-1,us-east-1"}, want: "--region"},
		"account short":              {args: []string{"serve", "--account-id=123"}, want: "--account-id"},
		"account letters":            {args: []string{"serve", "--account-id=12345678901a"}, want: "--account-id"},
		"root id alone":              {args: []string{"serve"}, env: map[string]string{"POOLHOUSE_ROOT_ACCESS_KEY_ID": "x"}, want: "POOLHOUSE_ROOT_SECRET_ACCESS_KEY"},
		"root secret alone":          {args: []string{"serve"}, env: map[string]string{"POOLHOUSE_ROOT_SECRET_ACCESS_KEY": leak}, want: "POOLHOUSE_ROOT_ACCESS_KEY_ID"},
		"root secret short":          {args: []string{"serve", "--listen=:7665"}, env: map[string]string{"POOLHOUSE_ROOT_ACCESS_KEY_ID": "x", "POOLHOUSE_ROOT_SECRET_ACCESS_KEY": leak[:19]}, want: "POOLHOUSE_ROOT_SECRET_ACCESS_KEY"},
		"rate limits word":           {args: []string{"serve", "--rate-limits=none"}, want: "--rate-limits"},
		"rate limits zero":           {args: []string{"serve", "--rate-limits=UserRead=0"}, want: "--rate-limits"},
		"rate limits endless":        {args: []string{"serve", "--rate-limits=UserRead=inf"}, want: "--rate-limits"},
		"rate limits comma":          {args: []string{"serve", "--rate-limits=UserRead=1,"}, want: "--rate-limits"},
		"smtp host with port":        {args: []string{"serve", "--smtp-host=mx:25", "--smtp-from=a@example.com"}, want: "--smtp-host"},
		"smtp port word":             {args: append([]string{"serve", "--smtp-port=smtp"}, smtp...), want: "--smtp-port"},
		"smtp port high":             {args: append([]string{"serve", "--smtp-port=70000"}, smtp...), want: "--smtp-port"},
		"smtp port without host":     {args: []string{"serve", "--smtp-port=25"}, want: "--smtp-port"},
		"smtp security":              {args: append([]string{"serve", "--smtp-security=ssl"}, smtp...), want: "--smtp-security"},
		"smtp from missing":          {args: []string{"serve", "--smtp-host=mx"}, want: "--smtp-from"},
		"smtp from form":             {args: []string{"serve", "--smtp-host=mx", "--smtp-from=me"}, want: "--smtp-from"},
		"smtp from line break":       {args: []string{"serve", "--smtp-host=mx", "--smtp-from=a@example.com\r\nBcc: b@example.com"}, want: "--smtp-from"},
		"smtp from without host":     {args: []string{"serve", "--smtp-from=a@example.com"}, want: "--smtp-from"},
		"smtp user without password": {args: append([]string{"serve", "--smtp-username=u"}, smtp...), want: "--smtp-username"},
		"smtp password without user": {args: append([]string{"serve"}, smtp...), env: map[string]string{"POOLHOUSE_SMTP_PASSWORD": leak}, want: "--smtp-username"},
		"smtp password without host": {args: []string{"serve"}, env: map[string]string{"POOLHOUSE_SMTP_PASSWORD": leak}, want: "POOLHOUSE_SMTP_PASSWORD"},
		"smtp password in the clear": {args: append([]string{"serve", "--smtp-username=u", "--smtp-security=none"}, smtp...), env: map[string]string{"POOLHOUSE_SMTP_PASSWORD": leak}, want: "--smtp-security"},
		"smtp password twice":        {args: append([]string{"serve", "--smtp-username=u", "--smtp-password-file=" + pem}, smtp...), env: map[string]string{"POOLHOUSE_SMTP_PASSWORD": leak}, want: "--smtp-password-file"},
		"smtp password file missing": {args: append([]string{"serve", "--smtp-username=u", "--smtp-password-file=/nonexistent"}, smtp...), want: "--smtp-password-file"},
		"smtp password file empty":   {args: append([]string{"serve", "--smtp-username=u", "--smtp-password-file=" + empty}, smtp...), want: "--smtp-password-file"},
		"webhook form":               {args: []string{"serve", "--sms-webhook-url=sms.example.com"}, want: "--sms-webhook-url"},
		"webhook user":               {args: []string{"serve", "--sms-webhook-url=https://u:" + leak + "@x"}, want: "--sms-webhook-url"},
		"webhook fragment":           {args: []string{"serve", "--sms-webhook-url=https://x/#y"}, want: "--sms-webhook-url"},
		"webhook secret alone":       {args: []string{"serve"}, env: map[string]string{"POOLHOUSE_SMS_WEBHOOK_SECRET": leak}, want: "POOLHOUSE_SMS_WEBHOOK_SECRET"},
		"webhook secret file":        {args: []string{"serve", "--sms-webhook-url=https://x", "--sms-webhook-secret-file=/nonexistent"}, want: "--sms-webhook-secret-file"},
		"e-mail driver":              {args: []string{"serve", "--email-driver=post"}, want: "--email-driver"},
		"e-mail into no inbox":       {args: []string{"serve", "--email-driver=inbox"}, want: "--email-driver"},
		"e-mail driver without host": {args: []string{"serve", "--email-driver=smtp"}, want: "--email-driver"},
		"e-mail driver without URL":  {args: []string{"serve", "--email-driver=webhook"}, want: "--email-driver"},
		"smpp driver without host":   {args: []string{"serve", "--sms-driver=smpp"}, want: "--sms-driver"},
		"smpp host with port":        {args: []string{"serve", "--smpp-host=smsc:2775", "--smpp-system-id=x"}, want: "--smpp-host"},
		"smpp port high":             {args: []string{"serve", "--smpp-host=smsc", "--smpp-system-id=x", "--smpp-port=70000"}, want: "--smpp-port"},
		"smpp security":              {args: []string{"serve", "--smpp-host=smsc", "--smpp-system-id=x", "--smpp-security=starttls"}, want: "--smpp-security"},
		"smpp without account":       {args: []string{"serve", "--smpp-host=smsc"}, want: "--smpp-system-id"},
		"smpp source without host":   {args: []string{"serve", "--smpp-source=ACME"}, want: "--smpp-host"},
		"smpp password without host": {args: []string{"serve"}, env: map[string]string{"POOLHOUSE_SMPP_PASSWORD": leak}, want: "--smpp-host"},
		"pool limits without a pool": {args: []string{"serve", "--pool-rate-limits=UserRead=5"}, want: "--pool-rate-limits"},
		"pool limits of no number":   {args: []string{"serve", "--pool-rate-limits=us-east-1_a:UserRead=x"}, want: "--pool-rate-limits"},
		"pool limits twice":          {args: []string{"serve", "--pool-rate-limits=*:off;*:UserRead=5"}, want: "--pool-rate-limits"},
		"SMS driver":                 {args: []string{"serve", "--sms-driver=smtp"}, want: "--sms-driver"},
		"SMS driver without URL":     {args: []string{"dev", "--sms-driver=webhook"}, want: "--sms-driver"},
		"e-mail webhook user":        {args: []string{"serve", "--email-webhook-url=https://u:" + leak + "@x"}, want: "--email-webhook-url"},
		"e-mail webhook secret":      {args: []string{"serve"}, env: map[string]string{"POOLHOUSE_EMAIL_WEBHOOK_SECRET": leak}, want: "POOLHOUSE_EMAIL_WEBHOOK_SECRET"},
		"ses without sender":         {args: []string{"serve", "--email-driver=ses"}, want: "--ses-from"},
		"ses sender form":            {args: []string{"serve", "--email-driver=ses", "--ses-from=me"}, want: "--ses-from"},
		"ses sender without ses":     {args: []string{"serve", "--ses-from=a@example.com"}, want: "--ses-from"},
		"ses region":                 {args: []string{"serve", "--ses", "--ses-region=useast1"}, want: "--ses-region"},
		"aws endpoint":               {args: []string{"serve", "--ses", "--aws-endpoint=127.0.0.1:5000"}, want: "--aws-endpoint"},
		"outbound entry":             {args: []string{"serve", "--allow-outbound=public,10.0.0.0/33"}, want: "--allow-outbound"},
		"log level":                  {args: []string{"serve", "--log-level=INFO"}, want: "--log-level"},
		"log format":                 {args: []string{"serve", "--log-format=xml"}, want: "--log-format"},
		"request timeout unit":       {args: []string{"serve", "--request-timeout=30"}, want: "--request-timeout"},
		"request timeout zero":       {args: []string{"serve", "--request-timeout=0s"}, want: "--request-timeout"},
		"shutdown timeout negative":  {args: []string{"serve", "--shutdown-timeout=-1s"}, want: "--shutdown-timeout"},
		"shutdown timeout long":      {args: []string{"serve", "--shutdown-timeout=48h"}, want: "--shutdown-timeout"},
		"idle timeout zero":          {args: []string{"serve", "--idle-timeout=0s"}, want: "--idle-timeout"},
		"timeout variable":           {args: []string{"serve"}, env: map[string]string{"POOLHOUSE_SHUTDOWN_TIMEOUT": "soon"}, want: "--shutdown-timeout"},
		"inbox size":                 {args: []string{"dev", "--inbox-size=0"}, want: "--inbox-size"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			_, err := load(tt.args...)
			if err == nil {
				t.Fatal("no error")
			}
			var problem *config.SettingError
			if !strings.HasPrefix(err.Error(), tt.want+": ") {
				t.Errorf("error %q does not begin with %s", err, tt.want)
			}
			if errors.As(err, &problem) && strings.Contains(err.Error(), "\n") {
				t.Errorf("one bad value, several problems: %v", err)
			}
			if strings.Contains(err.Error(), leak) || strings.Contains(err.Error(), leak[:19]) {
				t.Errorf("error shows a secret: %v", err)
			}
		})
	}
}

func TestGoodValues(t *testing.T) {
	rootEnv := map[string]string{"POOLHOUSE_ROOT_ACCESS_KEY_ID": "x", "POOLHOUSE_ROOT_SECRET_ACCESS_KEY": "y"}
	tests := map[string]struct {
		args []string
		env  map[string]string
	}{
		"serve beyond loopback":          {args: []string{"serve", "--listen=0.0.0.0:7665"}},
		"long root secret beyond":        {args: []string{"serve", "--listen=:7665"}, env: map[string]string{"POOLHOUSE_ROOT_ACCESS_KEY_ID": "x", "POOLHOUSE_ROOT_SECRET_ACCESS_KEY": leak[:20]}},
		"short root secret on loopback":  {args: []string{"serve"}, env: rootEnv},
		"short root secret in dev":       {args: []string{"dev", "--listen=:1", "--inbox-unsafe-listen"}, env: rootEnv},
		"dev on IPv6 loopback":           {args: []string{"dev", "--listen=[::1]:7665"}},
		"dev on localhost":               {args: []string{"dev", "--listen=localhost:0"}},
		"dev for one region":             {args: []string{"dev", "--region=us-gov-west-1"}},
		"several regions":                {args: []string{"serve", "--region=us-east-1,eu-central-1"}},
		"rate limit list":                {args: []string{"serve", "--rate-limits=UserRead=1.5,UserCreation=2"}},
		"database by socket":             {args: []string{"serve", "--database=postgres:///d?host=/run/postgresql"}},
		"sender with a name":             {args: []string{"serve", "--smtp-host=mail_server", "--smtp-from=Pool <a@example.com>"}},
		"open mail server on this host":  {args: []string{"serve", "--smtp-host=::1", "--smtp-from=a@example.com", "--smtp-username=u", "--smtp-security=none"}, env: map[string]string{"POOLHOUSE_SMTP_PASSWORD": "p"}},
		"other command's bad variable":   {args: []string{"serve"}, env: map[string]string{"POOLHOUSE_INBOX_SIZE": "many"}},
		"empty secrets count as not set": {args: []string{"serve"}, env: map[string]string{"POOLHOUSE_SMTP_PASSWORD": "", "POOLHOUSE_MASTER_KEY": "", "POOLHOUSE_ROOT_ACCESS_KEY_ID": ""}},
		"own identities only":            {args: []string{"serve", "--ses", "--sms-driver=sns", "--aws-endpoint=http://127.0.0.1:5000"}},
		"ses for all":                    {args: []string{"serve", "--email-driver=ses", "--ses-from=a@example.com", "--ses-region=eu-west-1"}},
		"outbound entries":               {args: []string{"serve", "--allow-outbound=public,10.0.0.0/8", "--allow-outbound=*.example.com"}},
		"admin on another port":          {args: []string{"serve", "--admin-listen=127.0.0.1:0", "--listen=127.0.0.1:0"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			if _, err := load(tt.args...); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPublicURL(t *testing.T) {
	pem := write(t, "x.pem", "x")
	tests := map[string]struct {
		args []string
		want string
	}{
		"from listen":              {[]string{"--listen=127.0.0.1:8080"}, "http://127.0.0.1:8080"},
		"from all addresses":       {[]string{"--listen=0.0.0.0:8080"}, "http://localhost:8080"},
		"from IPv6":                {[]string{"--listen=[::1]:8080"}, "http://[::1]:8080"},
		"usual port left out":      {[]string{"--listen=[::1]:80"}, "http://[::1]"},
		"with TLS":                 {[]string{"--listen=id.example.com:443", "--tls-cert=" + pem, "--tls-key=" + pem}, "https://id.example.com"},
		"unknown until bound":      {[]string{"--listen=127.0.0.1:0"}, ""},
		"slash dropped, lower":     {[]string{"--public-url=HTTPS://Login.Example.com/"}, "https://login.example.com"},
		"set, whatever the listen": {[]string{"--listen=127.0.0.1:0", "--public-url=https://x:8443"}, "https://x:8443"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := load(append([]string{"serve"}, tt.args...)...)
			if err != nil {
				t.Fatal(err)
			}
			if got.PublicURL != tt.want {
				t.Errorf("PublicURL = %q, want %q", got.PublicURL, tt.want)
			}
		})
	}
	unset := config.Config{}
	if got := unset.PublicURLFor("[::]:4242"); got != "http://localhost:4242" {
		t.Errorf("PublicURLFor = %q", got)
	}
}

func TestSMTPPortFollowsSecurity(t *testing.T) {
	for security, want := range map[string]int{"starttls": 587, "tls": 465, "none": 25} {
		got, err := load("serve", "--smtp-host=mx", "--smtp-from=a@example.com", "--smtp-security="+security)
		if err != nil {
			t.Fatal(err)
		}
		if got.SMTP.Port != want {
			t.Errorf("%s: port %d, want %d", security, got.SMTP.Port, want)
		}
	}
}

// What is configured is the way of messages, and in dev the inbox is for what is
// not; a way that is named counts.
func TestWaysOfMessages(t *testing.T) {
	smtp := []string{"--smtp-host=mx", "--smtp-from=a@example.com"}
	hooks := []string{"--email-webhook-url=https://x", "--sms-webhook-url=https://x"}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"serve"}, "  false"},
		{[]string{"dev"}, "inbox inbox false"},
		{append([]string{"dev"}, smtp...), "smtp inbox false"},
		{append([]string{"dev"}, hooks...), "webhook webhook false"},
		{append(append([]string{"serve"}, smtp...), hooks...), "smtp webhook false"},
		{append(append([]string{"dev", "--email-driver=inbox", "--sms-driver=inbox"}, smtp...), hooks...), "inbox inbox false"},
		{append([]string{"serve", "--ses", "--sms-driver=sns"}, smtp...), "smtp sns true"},
		{[]string{"serve", "--email-driver=ses", "--ses-from=a@example.com"}, "ses  true"},
	} {
		c, err := load(test.args...)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s %s %v", c.Email.Driver, c.SMS.Driver, c.Amazon.SES); got != test.want {
			t.Errorf("%v: %s, want %s", test.args, got, test.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	smtp := []string{"--smtp-host=mx", "--smtp-from=a@example.com"}
	tests := map[string]struct {
		args []string
		env  map[string]string
		want []string // how each warning begins
	}{
		"dev":                   {args: []string{"dev"}},
		"serve with mail":       {args: append([]string{"serve"}, smtp...)},
		"serve without mail":    {args: []string{"serve"}, want: []string{"--smtp-host"}},
		"no TLS, no public URL": {args: append([]string{"serve", "--listen=:7665"}, smtp...), want: []string{"--listen", "--public-url"}},
		"no limits":             {args: append([]string{"serve", "--listen=10.0.0.1:1", "--rate-limits=off"}, smtp...), want: []string{"--listen", "--rate-limits"}},
		"dev for everybody":     {args: []string{"dev", "--listen=10.0.0.1:1", "--inbox-unsafe-listen"}, want: []string{"--listen", "--inbox-unsafe-listen"}},
		"unsafe database":       {args: append([]string{"serve", "--database=postgres://h/d", "--database-unsafe-durability"}, smtp...), want: []string{"--database-unsafe-durability"}},
		"mail in the clear":     {args: append([]string{"serve", "--smtp-security=none"}, smtp...), want: []string{"--smtp-security"}},
		"texts in the clear":    {args: append([]string{"serve", "--sms-webhook-url=http://sms.example.com"}, smtp...), want: []string{"--sms-webhook-url", "POOLHOUSE_SMS_WEBHOOK_SECRET"}},
		"mail by a webhook":     {args: []string{"serve", "--email-webhook-url=http://mail.example.com"}, want: []string{"--email-webhook-url", "POOLHOUSE_EMAIL_WEBHOOK_SECRET"}},
		"misspelt variable":     {args: []string{"dev"}, env: map[string]string{"POOLHOUSE_LISTN": "x"}, want: []string{"POOLHOUSE_LISTN"}},
		"variables of a platform": {args: []string{"dev"}, env: map[string]string{
			"POOLHOUSE_SERVICE_HOST": "10.0.0.1", "POOLHOUSE_SERVICE_PORT_HTTP": "7665", "POOLHOUSE_PORT": "tcp://10.0.0.1:7665", "POOLHOUSE_PORT_7665_TCP_ADDR": "10.0.0.1",
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for k, v := range tt.env {
				t.Setenv(k, v)
			}
			cfg, err := load(tt.args...)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range cfg.Warnings() {
				got = append(got, strings.TrimSuffix(strings.Fields(w)[0], ":"))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
