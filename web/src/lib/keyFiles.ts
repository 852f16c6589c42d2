/** Which files of a folder hold keys or passwords: such are never uploaded with a model. The lists are those of the command line (src/apps/cli/key_files.cpp). */

export const names = ['.env', '.netrc', '_netrc', '.pgpass', '.pypirc', '.npmrc', '.my.cnf', '.git-credentials', '.htpasswd', 'id_rsa', 'id_dsa', 'id_ecdsa', 'id_ed25519', 'credentials', 'credentials.csv', 'pgpass.conf']
export const ends = ['.pem', '.key', '.ppk', '.keytab', '.p12', '.pfx', '.jks', '.keystore', '.jceks', '.kdbx']
export const folders = ['/.aws', '/.ssh', '/.azure', '/.kube', '/.gnupg', '/.docker', '/.config/gcloud']

/** @return why a file of this path within the folder is not taken; empty where its name tells of no secret. */
export function secretReason(path: string): string {
  const whole = `/${path.toLowerCase()}`
  const name = whole.slice(whole.lastIndexOf('/') + 1)
  const named = names.includes(name) || name.startsWith('.env.') || name.startsWith('krb5cc_')
  const within = folders.some((folder) => whole.endsWith(folder) || whole.includes(`${folder}/`))
  return named || within || ends.some((end) => name.endsWith(end)) ? 'it may hold keys or passwords: the server gets those as credentials, never as files of a model' : ''
}

/** Whether the content has a private key in PEM, also behind certificates, whatever its file is called. */
export const isPrivateKey = (bytes: Uint8Array): boolean => /-----BEGIN [^\n]{0,42}PRIVATE KEY/.test(new TextDecoder('latin1').decode(bytes))
