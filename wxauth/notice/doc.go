// Package notice receives WeChat's message push: the messages that WeChat sends to a
// mini program's server. When a user closes their account, the package ends the user's
// logins.
//
//	receiver, err := notice.New(auth, notice.Config{
//		AppID:           "wx4f4bc4dec97d474b",
//		Token:           os.Getenv("PUSH_TOKEN"),
//		EncodingAESKeys: []string{os.Getenv("PUSH_KEY")},
//		OnNotice: func(ctx context.Context, n notice.Notice) error {
//			if n.Event == notice.AccountClosed {
//				return deleteUser(ctx, n.OpenID)
//			}
//			return nil
//		},
//	})
//	…
//	mux.Handle("/wechat/push", receiver)
//
// At mp.weixin.qq.com, enter the URL, a Token of 16 to 32 random characters and an
// EncodingAESKey. Choose the mode 安全模式 (safe mode). JSON and XML both work.
//
// # Map
//
//   - [Config] and [New] make a [Receiver].
//   - [Receiver.ServeHTTP] is the handler for the URL. It answers WeChat's check of the
//     URL, decrypts messages, ends logins and calls Config.OnNotice.
//   - [Receiver.Read] only checks and decrypts a message. It is for an application that
//     has its own handler for the URL.
//   - [Notice] is a decrypted message. [AccountClosed], [ConsentWithdrawn] and
//     [ProfileModified] are the events about a user's account.
//
// # Handling of a message
//
// The Receiver calls OnNotice for every authentic message. For [AccountClosed], it
// first calls [wxauth.Auth.Revoke] with the reason [ReasonAccountClosed]. It does not
// call Revoke if the message contains no openid, contains a PluginID, or names another
// AppID.
//
// WeChat can send a message more than once, and the Receiver calls OnNotice each time.
// So a repeated call of OnNotice must do no harm.
//
// WeChat waits 5 seconds for an answer and repeats a message at most three times. So
// Revoke and OnNotice together get 4 seconds. If Revoke or OnNotice fails, the answer
// is 500 and WeChat repeats the message.
//
// If a message is not authentic, the answer is 403 and the log contains the cause. A
// message is authentic if its msg_signature is correct, one of the EncodingAESKeys
// decrypts it, and the decrypted data ends with the AppID.
//
// # Refused messages and ignored data
//
//   - The Receiver refuses messages in plain mode (明文模式). Their signature does not
//     cover the body. Anyone who has seen one signed URL could pretend that a user
//     closed their account.
//   - In compatible mode (兼容模式), the Receiver ignores the plain fields of a message.
//   - In every mode, the Receiver ignores openid and encrypt_type in the query. It also
//     ignores FromUserName, which is an account of WeChat and not the user.
//   - The Receiver ignores the timestamp. An attacker can move digits between timestamp
//     and nonce without changing the signature, so the timestamp does not prove the age
//     of a message. An attacker can send a recorded message again. Then the Receiver
//     calls OnNotice again, and can end the logins of the same user again.
//   - The Receiver refuses a body over 64 KiB and a message that is nested deeper than
//     32 levels. It refuses a JSON object that contains a name twice, and XML with a
//     DOCTYPE. In XML, the elements that this package reads must not be repeated.
//   - The Receiver refuses a message about an account if a name that this package reads
//     differs from WeChat's name only in upper and lower case.
//
// # Limits
//
// The package does not receive the pushes of WeChat Cloud Run, which are unsigned and
// come over a private network. It does not receive the messages to a third-party
// platform, because WeChat encrypts them with the platform's key. It does not reply
// with messages. It does not detect repeated messages.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push
package notice
