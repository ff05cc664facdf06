package wxapi_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/wxlogin/wxauth/wxapi"
)

func TestOptionsValidate(t *testing.T) {
	for name, o := range map[string]wxapi.Options{
		"Hosts must":    {Hosts: []string{"https://api.weixin.qq.com", "api.weixin.qq.com"}},
		"Hosts must be": {Hosts: []string{"https://api.weixin.qq.com/sns"}},
		"Hosts must b":  {Hosts: []string{"https://u:p@api.weixin.qq.com"}},
		"Hosts":         {Hosts: []string{"ftp://api.weixin.qq.com"}},
		"Timeout":       {Timeout: -1},
		"MaxInFlight":   {MaxInFlight: -1},
	} {
		if err := o.Validate(); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("%+v: got %v, want an error about %s", o, err, name)
		}
		if _, err := wxapi.New(app, o).Code2Session(background, "code"); !errors.Is(err, wxapi.ErrMisconfigured) {
			t.Errorf("call with %+v: got %v, want ErrMisconfigured", o, err)
		}
	}
	if diff := cmp.Diff(nil, (wxapi.Options{}).Validate(), cmpopts.EquateErrors()); diff != "" {
		t.Error(diff)
	}
}
