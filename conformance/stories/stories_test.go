package stories

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"poolhouse.dev/poolhousetest"
)

// requireVariable turns the skipping of missing clients into a failure, when
// it is 1.
const requireVariable = "POOLHOUSE_REQUIRE_CLIENTS"

// storyTime is how long one story may take. The command line starts anew for
// every call.
const storyTime = 3 * time.Minute

func TestMain(m *testing.M) { poolhousetest.Main(m) }

// script is the story in a client's own language.
type script struct {
	client string
	// probe is a command that succeeds where the client is installed, and cure
	// says how to install it.
	probe []string
	cure  string
	play  []string
}

var scripts = []script{
	{
		client: "aws-cli",
		probe:  []string{"sh", "-c", "aws --version && bash --version && curl --version"},
		cure:   "install the AWS command line, bash and curl",
		play:   []string{"bash", "cli/story.sh"},
	},
	{
		client: "boto3",
		probe:  []string{"python3", "-c", "import boto3"},
		cure:   "pip install boto3",
		play:   []string{"python3", "python/story.py"},
	},
	{
		client: "javascript",
		probe:  []string{"node", "--input-type=module", "-e", "await import('./js/node_modules/@aws-sdk/client-cognito-identity-provider/dist-cjs/index.js')"},
		cure:   "npm ci --prefix conformance/stories/js",
		play:   []string{"node", "js/story.mjs"},
	},
}

// signIns are the libraries that sign in without sending the password.
var signIns = []script{
	{
		client: "amazon-cognito-identity-js and AWS Amplify",
		probe:  []string{"node", "--input-type=module", "-e", "await import('./js/node_modules/amazon-cognito-identity-js/lib/index.js')"},
		cure:   "npm ci --prefix conformance/stories/js",
		play:   []string{"node", "js/srp.mjs"},
	},
	{
		client: "pycognito",
		probe:  []string{"python3", "-c", "import pycognito"},
		cure:   "pip install pycognito",
		play:   []string{"python3", "python/srp.py"},
	},
}

// furtherSignIns are the stories of what may come after a password, or instead of it.
var furtherSignIns = []script{
	libraries("second factors", "js/mfa.mjs"),
	libraries("devices", "js/devices.mjs"),
	libraries("custom challenges", "js/custom.mjs"),
	libraries("passkeys", "js/passkeys.mjs"),
}

// libraries is a story that amazon-cognito-identity-js and AWS Amplify tell.
func libraries(about, file string) script {
	s := signIns[0]
	s.client, s.play = about, []string{"node", file}
	return s
}

// Apps sign in by SRP, in their libraries' own way.
func TestSignInBySRP(t *testing.T) { playAll(t, signIns) }

// Apps sign in with second factors, remembered devices, codes, passkeys and challenges
// of their own, in their libraries' own way.
func TestFurtherSignIns(t *testing.T) { playAll(t, furtherSignIns) }

// playAll plays the scripts, each on a server of its own on each engine.
func playAll(t *testing.T, scripts []script) {
	for _, engine := range []string{"sqlite", "postgres"} {
		for _, s := range scripts {
			t.Run(engine+"/"+s.client, func(t *testing.T) {
				t.Parallel()
				s.require(t)
				s.run(t, start(t, engine))
			})
		}
	}
}

func TestStory(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Run("go", func(t *testing.T) {
				t.Parallel()
				tellInGo(t, start(t, engine))
			})
			for _, s := range scripts {
				t.Run(s.client, func(t *testing.T) {
					t.Parallel()
					s.require(t)
					s.run(t, start(t, engine))
				})
			}
		})
	}
}

// start starts a server of the test's own on an engine.
func start(t *testing.T, engine string) *poolhousetest.Server {
	t.Helper()
	o := poolhousetest.Options{Lambda: []string{riddle(t)}}
	if engine == "postgres" {
		o.Database = poolhousetest.PostgresURL(t)
	}
	return poolhousetest.Start(t, o)
}

// require skips the test, or fails it, where the client is missing.
func (s script) require(t *testing.T) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), s.probe[0], s.probe[1:]...).CombinedOutput()
	switch {
	case err == nil:
	case os.Getenv(requireVariable) == "1":
		t.Fatalf("%s=1, but %s is not installed (%s): %v\n%s", requireVariable, s.client, s.cure, err, out)
	default:
		t.Skipf("skipped: %s is not installed on this machine (%s)", s.client, s.cure)
	}
}

// run plays the script. It ends with a code other than 0 at the first step that
// is not as it should be.
func (s script) run(t *testing.T, srv *poolhousetest.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), storyTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.play[0], s.play[1:]...)
	cmd.Env = environment(t, srv)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the story with %s: %v\n%s", s.client, err, out)
	}
	t.Logf("%s", out)
}

// environment is that of a script: what the tester has configured for the real
// service has no say in it.
func environment(t *testing.T, srv *poolhousetest.Server) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	none := filepath.Join(t.TempDir(), "none")
	return append(env,
		"AWS_ENDPOINT_URL="+srv.URL,
		"AWS_ACCESS_KEY_ID="+poolhousetest.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY="+poolhousetest.SecretAccessKey,
		"AWS_REGION="+poolhousetest.Region, "AWS_DEFAULT_REGION="+poolhousetest.Region,
		"AWS_CONFIG_FILE="+none, "AWS_SHARED_CREDENTIALS_FILE="+none,
		"RIDDLE_FUNCTION="+riddleARN,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1", "AWS_PAGER=",
		"NO_PROXY=127.0.0.1", "no_proxy=127.0.0.1",
		"PYTHONDONTWRITEBYTECODE=1",
	)
}
