package wxtest

import (
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
)

const withheld = "[withheld]"

// harmless reports whether Call.Request and Call.Reply can show the value of a query
// parameter or JSON member with the given name, unless the value is a JSON object or array.
func harmless(name string) bool {
	switch name {
	case "appid", "component_appid", "openid", "unionid", "grant_type", "sig_method", "force_refresh",
		"errcode", "errmsg", "expires_in", "countryCode", "timestamp",
		"version", "expire_in", "create_time":
		return true
	}
	return false
}

// nameable reports whether a Call can show the name of a withheld value. A name that
// WeChat's API does not use could be a secret that the caller put in the wrong place.
func nameable(name string) bool {
	switch name {
	case "secret", "js_code", "code", "access_token", "component_access_token", "signature", "session_key",
		"phone_info", "phoneNumber", "purePhoneNumber", "watermark",
		"key_info_list", "encrypt_key", "iv":
		return true
	}
	return false
}

func readableQuery(q url.Values) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(q)) {
		for _, value := range q[name] {
			switch {
			case harmless(name):
				parts = append(parts, name+"="+value)
			case nameable(name):
				parts = append(parts, name+"="+withheld)
			default:
				parts = append(parts, withheld)
			}
		}
	}
	return strings.Join(parts, "&")
}

// readableJSON shows nothing of a body that is not a JSON object.
func readableJSON(body []byte) string {
	if len(body) == 0 {
		return ""
	}
	var v map[string]any
	if json.Unmarshal(body, &v) != nil || v == nil { // v is nil if the body is null
		return withheld
	}
	return string(mustMarshal(readableValue(v)))
}

func readableValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		shown := make(map[string]any)
		for name, value := range v {
			_, isObject := value.(map[string]any)
			_, isList := value.([]any)
			switch {
			case harmless(name) && !isObject && !isList:
				shown[name] = value
			case nameable(name) && (isObject || isList):
				shown[name] = readableValue(value)
			case nameable(name):
				shown[name] = withheld
			default:
				shown[withheld] = withheld
			}
		}
		return shown
	case []any:
		shown := make([]any, len(v))
		for i := range v {
			shown[i] = readableValue(v[i])
		}
		return shown
	}
	return withheld
}
