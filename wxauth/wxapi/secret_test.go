package wxapi_test

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"testing"

	"example.com/wxlogin/wxauth/wxapi"
)

func TestSecretsDoNotPrint(t *testing.T) {
	key := wxapi.UnsafeSessionKey("tiihtNczf5v6AKRyjwEUhQ==")
	app := wxapi.App{ID: "wx4f4bc4dec97d474b", Secret: "theAppSecret"}
	type exported struct {
		App wxapi.App
		Key wxapi.SessionKey
	}
	type unexported struct{ key wxapi.SessionKey }
	values := map[string]any{
		"App": app, "*App": &app, "[]App": []wxapi.App{app},
		"SessionKey": key, "*SessionKey": &key, "map": map[string]wxapi.SessionKey{"k": key},
		"Session":    wxapi.Session{OpenID: "o", Key: key},
		"exported":   exported{app, key},
		"unexported": unexported{key},
		"Client":     wxapi.New(app, wxapi.Options{}),
	}
	for name, v := range values {
		var texts []string
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%c", "%U", "%e", "%08.3f", "%!", "%y"} {
			texts = append(texts, fmt.Sprintf(verb, v))
		}
		if name == "SessionKey" || name == "unexported" {
			// go vet refuses these two, and package fmt formats their
			// operand without asking it.
			for _, verb := range []string{"%p", "%w"} {
				texts = append(texts, fmt.Sprintf(verb, v))
			}
		}
		var b bytes.Buffer
		slog.New(slog.NewTextHandler(&b, nil)).Info("", "v", v)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("", "v", v)
		json.NewEncoder(&b).Encode(v)
		xml.NewEncoder(&b).Encode(v)
		gob.NewEncoder(&b).Encode(v)
		texts = append(texts, b.String())
		for _, text := range texts {
			if !isWithheld(text, "theAppSecret", fmt.Sprintf("%x", "theAppSecret"), "tiihtNcz", fmt.Sprintf("%x", "tiihtNcz")) {
				t.Errorf("%s shows a secret: %s", name, text)
			}
		}
	}
}
