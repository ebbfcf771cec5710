// Starts the forms of passkeys, and says in words when the browser could not use one.
const forms = window.allauth.webauthn.forms
for (const element of document.querySelectorAll('[data-passkey]')) {
  const { passkey, button, credential, data } = element.dataset
  const ids = { [passkey === 'add' ? 'add' : passkey === 'login' ? 'login' : 'authenticate']: button, credential }
  if (data) ids.data = data
  if (passkey === 'add') ids.passwordless = element.dataset.passwordless
  const start = { add: forms.addForm, login: forms.loginForm, confirm: forms.authenticateForm }[passkey]
  if (!window.PublicKeyCredential) element.querySelector('[data-passkey-fault]').hidden = false
  else start({ ids })
}
document.addEventListener('allauth.error', (event) => {
  event.preventDefault()
  for (const fault of document.querySelectorAll('[data-passkey-fault]')) fault.hidden = false
})
