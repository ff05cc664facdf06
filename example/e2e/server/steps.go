package main

import (
	"encoding/json"
	"net/http"

	"example.com/wxlogin/wxauth"
	"example.com/wxlogin/wxauth/wxapi"
)

func steps(auth *wxauth.Auth) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var data wxauth.Encrypted
		if err := json.NewDecoder(r.Body).Decode(&data); err != nil {
			http.Error(w, "the body is not JSON", http.StatusBadRequest)
			return
		}
		var run wxapi.WeRunData
		if err := auth.Decrypt(r.Context(), data, &run); err != nil {
			auth.WriteError(w, r, err)
			return
		}
		reply(w, map[string]any{"steps": run.StepInfoList[0].Step})
	})
}

func phone(auth *wxauth.Auth) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var button struct{ Code string }
		if err := json.NewDecoder(r.Body).Decode(&button); err != nil {
			http.Error(w, "the body is not JSON", http.StatusBadRequest)
			return
		}
		number, err := auth.PhoneNumber(r.Context(), button.Code)
		if err != nil {
			auth.WriteError(w, r, err)
			return
		}
		reply(w, map[string]any{"phone": number.PurePhoneNumber})
	})
}
