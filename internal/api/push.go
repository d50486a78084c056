package api

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/headgate/headgate/internal/access"
	"github.com/headgate/headgate/internal/expo"
	"github.com/headgate/headgate/internal/ingest"
	"github.com/headgate/headgate/internal/store"
)

// servePush answers the push routes. path is what follows "/metrics/".
func (a *API) servePush(w http.ResponseWriter, r *http.Request, path string) {
	start := time.Now()
	var method pushMethod
	var would string
	var err error
	switch r.Method {
	case http.MethodPut:
		method, err = methodPut, a.push(w, r, path, true)
	case http.MethodPost:
		method, err = methodPost, a.push(w, r, path, false)
	case http.MethodDelete:
		method = methodDelete
		would, err = a.deleteGroup(r, path)
	case http.MethodOptions:
		w.Header().Set("Allow", pushAllow)
		return
	default:
		w.Header().Set("Allow", pushAllow)
		methodNotAllowed(w, r.Method, r.URL.Path, pushAllow, false)
		return
	}
	switch {
	case err != nil:
		plainError(w, err)
		a.refused(r, err)
	case method == methodDelete:
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, would)
	}
	a.Telemetry.answered(method, reasonOf(err), time.Since(start))
}

func (a *API) push(w http.ResponseWriter, r *http.Request, path string, replace bool) error {
	who, err := a.admit(r, access.Push)
	if err != nil {
		return err
	}
	o, err := a.readOptions(r)
	if err != nil {
		return err
	}
	b := a.bodies.get()
	defer a.bodies.put(b)
	labels, err := a.keys.parse(b.labels[:0], path)
	if err != nil {
		return err
	}
	b.labels = labels
	data, err := a.readBody(w, r, b, labels)
	if err != nil {
		return err
	}
	b.push = ingest.Push{
		Labels: labels, Replace: replace, ContentType: r.Header.Get("Content-Type"), Body: data, Wish: o.wish, DryRun: o.dryRun, Sum: o.sum, Once: o.once, Run: o.run, Taken: o.taken, From: addressOf(r),
		Groups: who.Scope(access.Push),
	}
	err = a.Door.Push(r.Context(), &b.push)
	a.tellBody(r, b, err)
	a.warn(w, r, &b.push)
	a.summed(w, &b.push)
	return err
}

// deleteGroup removes a group, which need not exist. A dry run says what it would do.
func (a *API) deleteGroup(r *http.Request, path string) (would string, err error) {
	who, err := a.admit(r, access.Delete)
	if err != nil {
		return "", err
	}
	dryRun, err := isDryRun(r)
	if err != nil {
		return "", err
	}
	key, err := a.keys.parse(nil, path)
	if errors.Is(err, errNotUTF8) {
		return "", nil // no group can have such a key
	}
	if err != nil {
		return "", err
	}
	if key, err = a.Door.Key(key); err != nil {
		return "", err
	}
	if err := mayDelete(who, key); err != nil {
		return "", err
	}
	if !dryRun {
		_, _, err = a.Door.Delete(r.Context(), origin(granted(r, who), r.URL.Path), []string{store.KeyOf(key)})
		return "", err
	}
	groups := a.Store.Groups(func(labels []expo.Label) bool { return slices.Equal(labels, key) })
	if len(groups) == 0 {
		return "would delete nothing: there is no such group\n", nil
	}
	return fmt.Sprintf("would delete %s with %d series\n", groupRow{GroupInfo: groups[0]}.Text(), groups[0].Series), nil
}

// refused logs a push that was not taken: each of them at debug, and at warn one
// of each reason every so often.
func (a *API) refused(r *http.Request, err error) { a.note(r, "push refused", err) }

func (a *API) note(r *http.Request, what string, err error) {
	why := reasonOf(err)
	a.Telemetry.turnedAway(why)
	level := slog.LevelDebug
	silent, due := a.refusals.due(why, time.Now())
	if due {
		level = slog.LevelWarn
	}
	if !a.Log.Enabled(r.Context(), level) {
		return
	}
	a.Log.LogAttrs(r.Context(), level, what, slog.String("reason", why.String()), slog.String("method", r.Method),
		slog.String("path", brief(r.URL.Path)), slog.String("source", r.RemoteAddr), slog.String("err", brief(err.Error())),
		slog.Int64("not_logged", silent))
}

// brief cuts what a client wrote to a length that a log line bears.
func brief(s string) string {
	const most = 500
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
