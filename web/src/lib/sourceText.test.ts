import { expect, it } from 'vitest'
import { sourceText } from './sourceText'

const of = (text: string) => Uint8Array.from(text, (one) => one.charCodeAt(0))
const read = (text: string) => sourceText(of(text))

it('reads a program as Python does', () => {
  expect(sourceText(new TextEncoder().encode('x = "é€"\n')).text).toBe('x = "é€"\n')
  expect(read('\xef\xbb\xbfx = 1').text).toBe('x = 1')
  expect(read('# -*- coding: latin-1 -*-\nx = "\xe9\x80"').text).toBe('# -*- coding: latin-1 -*-\nx = "é\u0080"')
  expect(read('#!/usr/bin/python\n# vim: set fileencoding=iso_8859_1 :\nx = "\xe9"').text).toContain('"é"')
  expect(read('# coding: cp1252\nx = "\x80\xe9\x9f"').text).toBe('# coding: cp1252\nx = "€éŸ"')
  expect(read('# coding: iso-8859-15\nx = "\xa4"').text).toContain('"€"')
  expect(read('# coding: koi8-r\nx = "\xc1"').text).toContain('"а"')
  expect(read('\xff\xfex\0 \0=\0 \0"\0\xe9\0"\0\n\0y\0').text).toBe('x = "é"\ny')
  expect(read('\xfe\xff\0x\0\n\0y').text).toBe('x\ny')
})
it('refuses what is no text, by its line', () => {
  expect(read('a = 1\r\nb = "\xe9"\n').fault).toMatch(/^line 2 is no UTF-8: say in its first line how/)
  expect(read('x = 1\n# coding: latin-1\nb = "\xe9"\n').fault, 'only behind a comment').toMatch(/^line 3 is no UTF-8/)
  expect(read('# coding: utf-8\nb = "\xe9"').fault).toMatch(/^line 2 is no utf-8: its first lines say another/)
  expect(read('# coding: ascii\n\nb = "\xe9"').fault).toMatch(/^line 3 is no ascii/)
  expect(read('# coding: cp1252\nb = "\x81"').fault).toMatch(/^line 2 is no cp1252/)
  expect(read('# coding: rot13\n').fault).toContain('rot13, which is not read here')
  expect(read('b = "\xc3').fault, 'cut short').toMatch(/^line 1 is/)
  expect(read('\xff\xfex\0\n\0y').fault).toMatch(/^line 2 is no UTF-16/)
  expect(read('a\xe9').text).toBe('')
})
