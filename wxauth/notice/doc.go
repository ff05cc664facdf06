// Package notice receives WeChat's message push: the messages that WeChat sends to a
// mini program's server. When WeChat reports that a user closed their WeChat account, the
// package ends the user's logins to this mini program.
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
// At mp.weixin.qq.com, enter the handler's URL, a Token of 16 to 32 random characters and an
// EncodingAESKey. Choose the mode 安全模式 (safe mode). JSON and XML both work.
//
// # Map
//
//   - [New] makes a [Receiver] from a [Config].
//   - [Receiver.ServeHTTP] is the handler for the URL. It answers WeChat's check of the
//     URL, decrypts messages, ends logins and calls Config.OnNotice.
//   - [Receiver.Read] only checks and decrypts a message. It is for an application that
//     has its own handler for the URL.
//   - [Notice] is a decrypted message. [AccountClosed], [ConsentWithdrawn] and
//     [ProfileModified] are the events about a user's account.
//
// # Handling of a message
//
// [Receiver.ServeHTTP] calls OnNotice for every message that it does not refuse. For
// [AccountClosed], it first calls [wxauth.Auth.Revoke] with the reason
// [ReasonAccountClosed]. It does not call Revoke if the message contains no openid,
// contains a PluginID, or contains an AppID that differs from Config.AppID.
//
// WeChat can send a message more than once. ServeHTTP then calls OnNotice each time, so a
// repeated call of OnNotice must do no harm.
//
// WeChat waits 5 seconds for an answer. Without an answer, it repeats the message, at
// most three times. To let ServeHTTP answer in time, the contexts of Revoke and OnNotice
// end at most 4 seconds after ServeHTTP has read the message. If Revoke or OnNotice
// fails, the answer is 500. An answer of 500 also makes WeChat repeat the message.
//
// If ServeHTTP refuses a message, the answer is 403 and the log contains the cause.
// The Receiver refuses every message that is not authentic. A message is authentic if
// its msg_signature is correct, one of the EncodingAESKeys decrypts it, and the
// decrypted data ends with Config.AppID.
//
// # Refused messages and ignored data
//
//   - The Receiver refuses messages in plain mode (明文模式). The signature of such a
//     message does not cover the body, so anyone who has seen one signed URL could send
//     a false AccountClosed.
//   - In compatible mode (兼容模式), a request contains the message twice: in plain text
//     and encrypted. The Receiver uses only the encrypted message.
//   - The Receiver ignores openid and encrypt_type in the query, because no signature
//     covers them. It also ignores FromUserName. In a message about a user's
//     account, FromUserName identifies WeChat and not the user.
//   - The Receiver does not check the age of a message, so an attacker who recorded a
//     request can send it again later. The Receiver then calls OnNotice again. If the
//     message is an AccountClosed, the Receiver also ends the user's logins again. The
//     timestamp in the query cannot prove the age. An attacker can move digits between
//     the timestamp and the nonce without changing the signature.
//   - The Receiver refuses a body over 64 KiB and a message that is nested deeper than
//     32 levels. It refuses a JSON object that contains a name twice, and XML with a
//     DOCTYPE. In XML, it refuses a repeated child of the root element if this package
//     reads that child.
//   - The Receiver refuses a message about a user's account if a top-level name differs only
//     in case from a name that this package reads.
//
// # Limits
//
// The package does not accept the pushes of WeChat Cloud Run, which are unsigned and
// come over a private network. It does not support the messages to a third-party
// platform. WeChat encrypts these messages with the platform's key. The decrypted data
// ends with the platform's AppID. The package does not send messages in its answers. It
// does not detect repeated messages.
//
// https://developers.weixin.qq.com/miniprogram/dev/framework/server-ability/message-push
package notice
