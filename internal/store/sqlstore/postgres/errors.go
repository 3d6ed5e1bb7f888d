package postgres

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"poolhouse.dev/internal/store"
)

// SQLSTATE codes that are acted upon.
const (
	codeSerialization = "40001"
	codeDeadlock      = "40P01"
	// codeUnsupported is also "cached plan must not change result type", after
	// a migration by a newer node.
	codeUnsupported = "0A000"
	// codeReadOnly: the server became a standby.
	codeReadOnly = "25006"
	// codeUnknown: a distributed database lost sight of a commit.
	codeUnknown = "40003"
)

func sqlClass(code string) string { return code[:min(2, len(code))] }

// answered returns the server's error when err is the answer of a live session:
// the statement failed, and with it the transaction. A session that ends
// (severity FATAL) may have done anything before.
func answered(err error) (*pgconn.PgError, bool) {
	var pe *pgconn.PgError
	if !errors.As(err, &pe) || pe.Code == codeUnknown || sqlClass(pe.Code) == "08" {
		return nil, false
	}
	severity := cmp.Or(pe.SeverityUnlocalized, pe.Severity)
	return pe, severity != "FATAL" && severity != "PANIC"
}

// isCode reports whether err is the server's error with one of the codes.
func isCode(err error, codes ...string) bool {
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return false
	}
	for _, c := range codes {
		if pe.Code == c {
			return true
		}
	}
	return false
}

// describe returns err without what may hold a person's data: of the server's
// own errors only the code is left, since messages quote values.
func describe(err error) error {
	var unsafe *unsafeError
	if errors.As(err, &unsafe) {
		return unsafe
	}
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return err
	}
	switch sqlClass(pe.Code) {
	case "08", "28", "3D", "53", "57", "58":
		return fmt.Errorf("PostgreSQL says %q (SQLSTATE %s)", pe.Message, pe.Code)
	}
	return fmt.Errorf("PostgreSQL answered with SQLSTATE %s", pe.Code)
}

// failure turns the error of something that was certainly not applied into what
// the caller is told. Errors in the statement or its values are not the
// database's: trying again would not help.
func failure(err error) error {
	if pe, ok := answered(err); ok {
		switch sqlClass(pe.Code) {
		case "0A", "22", "23", "42":
			return describe(err)
		}
	}
	return unavailable(err)
}

// asFailure is failure for what may have gone well.
func asFailure(err error) error {
	if err == nil {
		return nil
	}
	return failure(err)
}

func unavailable(err error) error {
	return fmt.Errorf("%w: %w", store.ErrUnavailable, describe(err))
}
